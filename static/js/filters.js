// Instant filters: fetch the page of the new state and swap the results; the address follows.
const FORM = document.getElementById("suchformular");
const REGION = "suchergebnis";
const region = () => document.getElementById(REGION);
let request;

function address() {
  const values = new URLSearchParams(new FormData(FORM));
  for (const [name, value] of [...values]) {
    if (!value || (name === "sortierung" && value === "relevanz")) values.delete(name, value);
  }
  const query = values.toString();
  return FORM.getAttribute("action") + (query ? `?${query}` : "");
}

async function swap(url, { push = true, focus = null } = {}) {
  request?.abort();
  request = new AbortController();
  const open = new Set([...region().querySelectorAll("details[open]")].map((one) => one.id));
  const known = new Set([...region().querySelectorAll("details")].map((one) => one.id));
  region().setAttribute("aria-busy", "true");
  let page;
  try {
    const response = await fetch(url, { signal: request.signal });
    if (!response.ok) throw new Error(response.statusText);
    page = new DOMParser().parseFromString(await response.text(), "text/html");
    url = response.redirected ? response.url : url;
  } catch (error) {
    if (error.name !== "AbortError") location.assign(url); // let the browser show what is wrong
    return;
  }
  const fresh = page.getElementById(REGION);
  for (const one of fresh.querySelectorAll("details")) {
    if (known.has(one.id)) one.open = open.has(one.id);
  }
  region().replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  const [twin, freshTwin] = [document, page].map((one) => one.querySelector("footer [type='application/json']"));
  twin.href = freshTwin.getAttribute("href");
  const field = FORM.elements.namedItem("q");
  if (field !== document.activeElement) field.value = page.getElementById("suche").value;
  if (push) history.pushState(null, "", url);
  if (focus) document.getElementById(focus)?.focus({ preventScroll: true });
  document.getElementById("meldung").textContent = document.getElementById("treffer").textContent.trim();
}

document.addEventListener("change", (event) => {
  if (event.target.form === FORM && event.target.closest(`#${REGION}`)) swap(address(), { focus: event.target.id });
});
FORM.addEventListener("submit", (event) => {
  event.preventDefault();
  swap(address());
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(".chip, .pagination a, .did-you-mean a");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const isPage = link.closest(".pagination") !== null;
  swap(link.getAttribute("href")).then(() => {
    const heading = document.getElementById("treffer");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: !isPage });
    if (isPage) heading.scrollIntoView();
  });
});
addEventListener("popstate", () => swap(location.href, { push: false }));
