// Loaded before the page is drawn, so that a remembered theme does not flash.
(() => {
  const root = document.documentElement;
  const KEY = "darstellung";
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the system's theme stays
    }
  };
  const remember = (value) => {
    try {
      if (value) localStorage.setItem(KEY, value);
      else localStorage.removeItem(KEY);
    } catch {
      // nothing to remember it in
    }
  };
  const isDark = () => (root.dataset.kernTheme || (system.matches ? "dark" : "light")) === "dark";
  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset.kernTheme = chosen;
  root.classList.add("js");

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme-switch");
    if (!button) return;
    const show = () => {
      button.querySelector(".theme-switch__text").textContent = isDark() ? "Helle Darstellung" : "Dunkle Darstellung";
      const icon = isDark() ? "kern-icon--light-mode" : "kern-icon--dark-mode";
      button.querySelector(".kern-icon").className = `kern-icon ${icon}`;
    };
    button.addEventListener("click", () => {
      const next = isDark() ? "light" : "dark";
      const isSystem = (next === "dark") === system.matches;
      if (isSystem) delete root.dataset.kernTheme;
      else root.dataset.kernTheme = next;
      remember(isSystem ? null : next);
      show();
    });
    system.addEventListener("change", show);
    button.hidden = false;
    show();
  });
})();
