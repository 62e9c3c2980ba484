"""A test client that checks every page it fetches."""

import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

LABELLED = {"input", "select", "textarea"}
WITHOUT_LABEL = {"hidden", "submit", "button", "image", "reset"}
LOADING = (("script", "src"), ("link", "href"), ("img", "src"), ("source", "src"), ("iframe", "src"))
LOADED_LINKS = {"stylesheet", "preload", "icon", "modulepreload", "manifest"}


@dataclass
class Page:
    """A fetched page: its answer and its parsed document."""

    response: TestResponse
    document: ET.Element = field(repr=False)

    @property
    def text(self) -> str:
        """Return the visible words of the page, white space collapsed."""
        return words(self.document.find("body"))

    @property
    def main(self) -> str:
        """Return the words of the main part."""
        return words(self.document.find(".//main"))

    @property
    def title(self) -> str:
        """Return the title."""
        return words(self.document.find("head/title"))

    @property
    def h1(self) -> str:
        """Return the text of the one h1."""
        return words(self.document.find(".//h1"))

    def all(self, path: str) -> list[ET.Element]:
        """Return the elements that an ElementTree path selects."""
        return self.document.findall(path)

    def classed(self, name: str) -> list[ET.Element]:
        """Return the elements with a class."""
        return [one for one in self.document.iter() if name in one.get("class", "").split()]

    def by_id(self, element_id: str) -> ET.Element:
        """Return the element with an id."""
        found = self.document.find(f".//*[@id='{element_id}']")
        assert found is not None, element_id
        return found

    def links(self) -> dict[str, str]:
        """Return link text → address of the main part."""
        return {words(one): one.get("href", "") for one in self.document.findall(".//main//a[@href]")}


def words(element: ET.Element | None) -> str:
    """Return the text of an element, white space collapsed."""
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


class PageClient:
    """Fetches pages and checks each."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, status: int = 200, **options: Any) -> Page:
        """Fetch a page that must answer `status`, check it, and return it."""
        response = self.client.get(path, **options)
        assert response.status_code == status, f"{path}: {response.status_code}, {response.headers.get('Location')}"
        return check(response)


def check(response: TestResponse) -> Page:
    """Check a page's HTML as every page must be, and return it parsed."""
    assert response.content_type == "text/html; charset=utf-8"
    text = response.get_data(as_text=True)
    parser = html5lib.HTMLParser(tree=html5lib.getTreeBuilder("etree"), strict=True, namespaceHTMLElements=False)
    document = parser.parse(text)
    page = Page(response, document)
    problems = [*_basics(page), *_ids(page), *_labels(page), *_forms(page), *_scripts(page), *_resources(page)]
    assert not problems, problems
    return page


def _basics(page: Page) -> Iterator[str]:
    if page.document.get("lang") != "de":
        yield "the language is not German"
    if len(page.all(".//h1")) != 1:
        yield "there is not exactly one h1"
    if not page.title:
        yield "the title is empty"
    if len(page.all(".//main")) != 1:
        yield "there is not exactly one main"
    levels = [int(one.tag[1]) for one in page.document.iter() if re.fullmatch(r"h[1-6]", str(one.tag))]
    for before, after in itertools.pairwise(levels):
        if after > before + 1:
            yield f"a heading h{before} is followed by h{after}"


def _ids(page: Page) -> Iterator[str]:
    ids = Counter(one.get("id") for one in page.document.iter() if one.get("id") is not None)
    yield from (f"the id {name} occurs {count} times" for name, count in ids.items() if count > 1)
    for attribute in ("for", "form", "aria-labelledby", "aria-describedby", "aria-controls"):
        for one in page.document.iter():
            for name in (one.get(attribute) or "").split():
                if name not in ids:
                    yield f"{attribute} points to the missing id {name}"
    for one in page.all(".//a[@href]"):
        target = one.get("href", "")
        if target.startswith("#") and target[1:] not in ids:
            yield f"the link {target} leads nowhere"


def _labels(page: Page) -> Iterator[str]:
    labelled = {one.get("for") for one in page.all(".//label[@for]")}
    for one in page.document.iter():
        if one.tag in LABELLED and one.get("type") not in WITHOUT_LABEL and one.get("id") not in labelled:
            yield f"a field without a label: {one.attrib}"
    for one in page.document.iter():
        if one.tag in ("a", "button") and not words(one) and not one.get("aria-label"):
            yield f"a link or button without a name: {one.attrib}"
    for one in page.all(".//img"):
        if one.get("alt") is None:
            yield "an image without alternative text"


def _forms(page: Page) -> Iterator[str]:
    for form in page.all(".//form"):
        names = {one.get("name") for one in form.iter("input")}
        if form.get("method", "get").lower() == "post" and "csrf_token" not in names:
            yield "a POST form without token"


def _scripts(page: Page) -> Iterator[str]:
    nonces = set(re.findall(r"'nonce-([^']+)'", page.response.headers["Content-Security-Policy"]))
    for one in page.document.iter():
        if one.tag in ("script", "style") and not one.get("src") and one.get("nonce") not in nonces:
            yield f"an inline {one.tag} without nonce"
        for name in one.attrib:
            if name == "style" or name.startswith("on"):
                yield f"an inline {name} attribute"
            if one.get(name, "").lower().startswith("javascript:"):
                yield "a javascript: address"


def _resources(page: Page) -> Iterator[str]:
    for tag, attribute in LOADING:
        for one in page.all(f".//{tag}[@{attribute}]"):
            if tag == "link" and not LOADED_LINKS & set(one.get("rel", "").split()):
                continue
            address = one.get(attribute, "")
            if not address.startswith("/") or address.startswith("//"):
                yield f"a resource from elsewhere: {address}"
