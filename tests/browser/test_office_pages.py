"""Every page of the office by the rules of WCAG 2.2 A and AA, in both themes, on a small and a wide screen."""

import pytest

from tests.browser.office import OfficeServer, OfficeVisit
from tests.browser.reading import COLOUR_RULES, clipped, outside, overflow, unfold, violations
from tests.contracts.samples import address
from tests.office.test_every_office_page import FRAGMENTS, READABLE

pytestmark = pytest.mark.browser
LOOKED_AT = [one for one in READABLE if one[0] not in FRAGMENTS and not one[0].startswith(("editing.", "oidc."))]
"""The steps of editing are looked at in test_editing.py."""


@pytest.mark.parametrize(("endpoint", "role"), LOOKED_AT)
def test_no_page_of_the_office_breaks_a_rule_or_its_frame(
    office_server: OfficeServer, office_visit: OfficeVisit, endpoint: str, role: str
) -> None:
    rules = {rule.endpoint: set(rule.arguments) for rule in office_server.app.url_map.iter_rules()}
    page = office_visit(role, address(office_server, endpoint, rules[endpoint]), width=320)
    unfold(page)
    assert (overflow(page), outside(page), clipped(page)) == (0, [], [])
    page.set_viewport_size({"width": 768, "height": 800})
    assert (overflow(page), outside(page)) == (0, [])
    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, COLOUR_RULES) == []
    page.set_viewport_size({"width": 1280, "height": 800})
    assert (overflow(page), outside(page)) == (0, [])
