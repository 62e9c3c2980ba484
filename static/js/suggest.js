// Suggestions while typing: the ARIA 1.2 combobox pattern on every field with data-suggest.
const GROUPS = {
  ozg_service: "OZG-Leistungen",
  bundle: "Leistungsbündel",
  municipality: "Kommunen",
  query: "Suchwörter",
};
const DELAY = 120; // ms between the last key and the request

class Combobox {
  constructor(input) {
    this.input = input;
    this.answers = new Map();
    this.options = [];
    this.active = -1;
    this.list = document.createElement("div");
    this.list.className = "suggestions";
    this.list.id = `${input.id}-vorschlaege`;
    this.list.hidden = true;
    this.list.tabIndex = -1; // a box that scrolls would be a stop of the Tab key
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Vorschläge");
    this.status = document.createElement("p");
    this.status.className = "kern-sr-only";
    this.status.setAttribute("role", "status");
    input.parentElement.append(this.list, this.status);
    const attributes = {
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    };
    for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
    input.addEventListener("input", () => this.later());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    input.form.addEventListener("submit", () => this.close());
    // The press must not take the focus from the field before the click arrives.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) location.assign(option.dataset.url);
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DELAY);
  }

  async ask() {
    const text = this.input.value.trim();
    this.request?.abort();
    if (text.length < 2) {
      this.close();
      return;
    }
    const request = new AbortController();
    this.request = request;
    try {
      if (!this.answers.has(text)) {
        const address = `${this.input.dataset.suggest}?q=${encodeURIComponent(text)}`;
        const response = await fetch(address, { signal: request.signal });
        this.answers.set(text, response.ok ? (await response.json()).items : []);
      }
    } catch {
      if (request === this.request) this.close(); // offline: the field still works
      return;
    }
    // Another key, Escape or leaving the field has overtaken this answer.
    if (request === this.request && !request.signal.aborted) this.show(this.answers.get(text));
  }

  show(items) {
    const groups = new Map(items.map((item) => [item.kind, []]));
    for (const item of items) groups.get(item.kind).push(item);
    this.list.replaceChildren(...[...groups].map(([kind, members]) => this.group(kind, members)));
    this.options = [...this.list.querySelectorAll("[role=option]")];
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.status.textContent = items.length === 1 ? "1 Vorschlag" : `${items.length} Vorschläge`;
  }

  group(kind, items) {
    const group = document.createElement("ul");
    const title = document.createElement("li");
    title.id = `${this.list.id}-${kind}`;
    title.className = "suggestions__kind";
    title.textContent = GROUPS[kind] ?? kind;
    title.setAttribute("role", "presentation");
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", title.id);
    group.append(
      title,
      ...items.map((item, place) => {
        const option = document.createElement("li");
        option.id = `${title.id}-${place}`;
        option.className = "suggestion";
        option.textContent = item.text;
        option.dataset.url = item.url;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        return option;
      }),
    );
    return group;
  }

  close() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.list.hidden = true;
    this.active = -1;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark(place) {
    const places = this.options.length + 1; // one more: back in the field
    this.active = (place + places) % places;
    this.options.forEach((option, number) => option.setAttribute("aria-selected", String(number === this.active)));
    const option = this.options[this.active];
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.active = -1;
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowUp" && event.altKey) {
      event.preventDefault();
      this.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.ask();
      else if (event.key === "ArrowDown") this.mark(this.active + 1);
      else this.mark(this.active < 0 ? this.options.length - 1 : this.active - 1);
    } else if (event.key === "Enter" && isOpen && this.active >= 0) {
      event.preventDefault();
      location.assign(this.options[this.active].dataset.url);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
    }
  }
}

for (const input of document.querySelectorAll("input[data-suggest]")) new Combobox(input);
