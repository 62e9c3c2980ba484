// Shows Markdown as the page will, while it is typed: rendered and cleaned by the server.
const FORM = document.getElementById("schritt");
const DELAY = 400;

async function draw(field, place) {
  const body = new URLSearchParams({ text: field.value });
  const headers = { "X-CSRFToken": FORM.elements.csrf_token.value };
  try {
    const response = await fetch(FORM.dataset.preview, { method: "POST", body, headers, redirect: "manual" });
    if (response.ok || response.status === 413) place.innerHTML = await response.text();
    else throw new Error(response.statusText);
  } catch {
    place.textContent = "Die Vorschau ist gerade nicht erreichbar.";
  }
}

for (const holder of FORM.querySelectorAll("div[data-preview]")) {
  const field = document.getElementById(holder.dataset.preview);
  const place = holder.querySelector(".preview__text");
  const button = holder.querySelector("button");
  let timer;
  place.id = `${field.id}-vorschau`;
  button.setAttribute("aria-controls", place.id);
  button.setAttribute("aria-expanded", String(!place.hidden));
  button.addEventListener("click", (event) => {
    event.preventDefault();
    place.hidden = !place.hidden;
    button.setAttribute("aria-expanded", String(!place.hidden));
    if (!place.hidden) draw(field, place);
  });
  field.addEventListener("input", () => {
    clearTimeout(timer);
    if (!place.hidden) timer = setTimeout(() => draw(field, place), DELAY);
  });
}
