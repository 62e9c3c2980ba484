// Suggestions while typing: the ARIA 1.2 combobox pattern on every field with data-suggest.
const KINDS = {
  bundle: "Leistungsbündel",
  ozg_service: "OZG-Leistung",
  municipality: "Kommune",
  query: "Suche",
};
const DELAY = 120; // ms between the last key and the request

class Combobox {
  constructor(input) {
    this.input = input;
    this.answers = new Map();
    this.active = -1;
    this.list = document.createElement("ul");
    this.list.className = "suggestions";
    this.list.id = `${input.id}-vorschlaege`;
    this.list.hidden = true;
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
    if (text.length < 2) return this.close();
    this.request?.abort();
    this.request = new AbortController();
    try {
      if (!this.answers.has(text)) {
        const address = `${this.input.dataset.suggest}?q=${encodeURIComponent(text)}`;
        const response = await fetch(address, { signal: this.request.signal });
        if (!response.ok) return this.close();
        this.answers.set(text, (await response.json()).items);
      }
    } catch {
      return this.close(); // overtaken by the next key, or offline: the field still works
    }
    if (text === this.input.value.trim() && document.activeElement === this.input) this.show(this.answers.get(text));
    return undefined;
  }

  show(items) {
    this.list.replaceChildren(
      ...items.map((item, place) => {
        const option = document.createElement("li");
        option.id = `${this.list.id}-${place}`;
        option.className = "suggestion";
        option.dataset.url = item.url;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const kind = document.createElement("span");
        kind.className = "suggestion__kind";
        kind.textContent = KINDS[item.kind] ?? "";
        option.append(`${item.text} `, kind);
        return option;
      }),
    );
    this.active = -1;
    this.input.removeAttribute("aria-activedescendant");
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.status.textContent = items.length === 1 ? "1 Vorschlag" : `${items.length} Vorschläge`;
  }

  close() {
    clearTimeout(this.timer);
    this.list.hidden = true;
    this.active = -1;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  mark(place) {
    const options = [...this.list.children];
    this.active = (place + options.length + 1) % (options.length + 1); // one place more: back in the field
    options.forEach((option, number) => option.setAttribute("aria-selected", String(number === this.active)));
    const option = options[this.active];
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
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) this.ask();
      else if (event.key === "ArrowDown") this.mark(this.active + 1);
      else this.mark(this.active < 0 ? this.list.children.length - 1 : this.active - 1);
    } else if (event.key === "Enter" && isOpen && this.active >= 0) {
      event.preventDefault();
      location.assign(this.list.children[this.active].dataset.url);
    } else if (event.key === "Escape" && isOpen) {
      event.preventDefault();
      this.close();
    }
  }
}

for (const input of document.querySelectorAll("input[data-suggest]")) new Combobox(input);
