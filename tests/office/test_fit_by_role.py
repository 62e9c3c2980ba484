"""Who sees what of a profile in the pages of fit: by role and by visibility."""

from collections.abc import Callable

import pytest
from sqlmodel import select

from registry.profiles.models import CapabilityProfile, Visibility
from tests.fit.world import RICH, SOEST, fill
from tests.office.world import ROLES, Office

pytestmark = pytest.mark.sqlite_only  # what pages show does not depend on the kind of database

REPORT = f"/buendel/{RICH}/passung?kommune={SOEST}"
OVERVIEW = f"/nachnutzung/uebernehmen?kommune={SOEST}"
KNOWING = "4 von 6 zwingenden"
BARE = "0 von 6 zwingenden"


def _office(own_office: Callable[..., Office], visibility: Visibility) -> Office:
    office = own_office()
    fill(office.database)
    with office.database.writing() as write:
        row = write.session.exec(select(CapabilityProfile).where(CapabilityProfile.municipality == SOEST)).one()
        row.visibility = visibility
    return office


@pytest.mark.parametrize(
    ("visibility", "seeing"),
    [
        (Visibility.PRIVATE, {"editor", "coordinator", "administrator"}),
        (Visibility.SHARED, {"other", "editor", "coordinator", "administrator"}),
        (Visibility.PUBLIC, set(ROLES)),
    ],
)
def test_a_profile_counts_for_those_only_who_may_see_it(
    own_office: Callable[..., Office], visibility: Visibility, seeing: set[str]
) -> None:
    office = _office(own_office, visibility)
    for role in ROLES:
        pages = office.pages(role)
        shown = pages.get(REPORT).main
        assert (KNOWING in shown, BARE in shown) == (role in seeing, role not in seeing), role
        assert ("ohne öffentliches Profil" in pages.get(OVERVIEW).main) is (role not in seeing), role
        answer = pages.client.get(f"/api/v1/bundles/{RICH}/fit?municipality={SOEST}").get_json()
        assert answer["mandatory_met"] == (4 if visibility is Visibility.PUBLIC else 0), role


def test_who_is_signed_in_sees_the_fit_of_the_own_body_and_nobody_keeps_the_page(
    own_office: Callable[..., Office],
) -> None:
    office = _office(own_office, Visibility.PRIVATE)
    for path in (f"/buendel/{RICH}", f"/buendel/{RICH}/passung", "/suche?q=hundesteuer", REPORT):
        page = office.pages("editor").get(path)
        assert "4 von 6 zwingenden" in page.main, path
        assert page.response.headers["Cache-Control"] == "private, no-store", path
        assert "ETag" not in page.response.headers, path
        assert "4 von 6 zwingenden" not in office.pages("anonymous").get(path).main, path


def test_a_kept_answer_for_everybody_holds_nothing_private(own_office: Callable[..., Office]) -> None:
    office = _office(own_office, Visibility.PRIVATE)
    anonymous = office.client("anonymous")
    before = anonymous.get(REPORT)
    office.client("editor").get(REPORT)
    after = anonymous.get(REPORT)
    assert before.get_data() == after.get_data()
    assert before.headers["ETag"] == after.headers["ETag"]
    assert office.client("editor").get(REPORT, headers={"If-None-Match": before.headers["ETag"]}).status_code == 200
