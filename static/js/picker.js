// OZG services while typing: the results come as the server draws them, a chosen one becomes a row in place.
const FORM = document.getElementById("schritt");
const PICKER = document.querySelector(".picker");
const FIELD = document.getElementById("suche-leistung");
const OFFERS = document.getElementById("gefundene-leistungen");
const STATUS = document.getElementById("picker-meldung");
const ROWS = PICKER.closest(".rows").querySelector(".rows__rows");
let timer;
let request;

const chosen = () => new Set([...ROWS.querySelectorAll("[name$='.ozg_id']")].map((one) => one.value));

function mark() {
  const known = chosen();
  for (const button of OFFERS.querySelectorAll(".offer__add")) {
    button.disabled = known.has(button.value.split(":")[1]);
    button.firstElementChild.textContent = button.disabled ? "Zugeordnet" : "Hinzufügen";
  }
}

async function search() {
  clearTimeout(timer);
  request?.abort();
  request = new AbortController();
  try {
    const address = `${PICKER.dataset.offers}?q=${encodeURIComponent(FIELD.value)}`;
    const response = await fetch(address, { signal: request.signal, redirect: "manual" });
    if (!response.ok) return;
    OFFERS.innerHTML = await response.text();
    mark();
    const count = OFFERS.querySelectorAll(".offer").length;
    STATUS.textContent = FIELD.value.trim() ? `${count} OZG-Leistungen gefunden` : "";
  } catch {
    // overtaken by another key, or offline: the button still works
  }
}

async function add(button) {
  const ozgId = button.value.split(":")[1];
  const used = [...ROWS.querySelectorAll("[name$='.ozg_id']")].map((one) => Number(one.name.split(".")[1]));
  const address = PICKER.dataset.offer.replace("00000", ozgId);
  const response = await fetch(`${address}?nummer=${Math.max(-1, ...used) + 1}`, { redirect: "manual" });
  if (!response.ok) return;
  const holder = document.createElement("template");
  holder.innerHTML = await response.text();
  const row = holder.content.firstElementChild;
  ROWS.append(row);
  document.getElementById("keine-leistung")?.remove();
  mark();
  STATUS.textContent = `${row.querySelector("legend").textContent} ist zugeordnet`;
  row.querySelector("select").focus();
  FORM.dispatchEvent(new Event("input"));
}

FIELD.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(search, 250);
});
FIELD.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  search();
});
PICKER.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  event.preventDefault();
  if (button.classList.contains("offer__add")) add(button);
  else search();
});
