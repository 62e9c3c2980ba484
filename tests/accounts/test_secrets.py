"""What must be read again is encrypted, and refused when anything about it is wrong."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from registry.accounts.secrets import digest, new_token, seal, unseal

KEY = "k" * 32


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_what_was_sealed_is_read_again_with_the_same_key_alone(text: str) -> None:
    sealed = seal(KEY, text)
    assert unseal(KEY, sealed) == text
    assert unseal("x" * 32, sealed) is None
    assert seal(KEY, text) != sealed


def test_an_altered_seal_is_refused_wherever_it_was_altered() -> None:
    mark, _, content = seal(KEY, "geheim").partition(".")
    raw = base64.urlsafe_b64decode(content)
    for place in range(len(raw)):
        altered = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        assert unseal(KEY, f"{mark}.{base64.urlsafe_b64encode(altered).decode()}") is None
    for odd in ("", "gcm1.", "gcm1.!", "gcm1.AAAA", content, f"gcm2.{content}", "gcm1.ä"):
        assert unseal(KEY, odd) is None


def test_tokens_have_256_bits_and_are_kept_as_sha_256() -> None:
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(base64.urlsafe_b64decode(token + "=")) == 32 for token in tokens)
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
