"use strict";
// Hides what does not match the words in the box. Without it the page is whole.
(() => {
  const box = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const sections = [...document.querySelectorAll("main > section")].map((section) => ({
    section,
    items: [...section.querySelectorAll("[data-check]")].map((element) => ({ element, text: null })),
  })).filter((s) => s.items.length > 0);
  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let all = 0, left = 0;
    for (const { section, items } of sections) {
      let here = 0;
      for (const item of items) {
        item.text ??= item.element.textContent.toLowerCase();
        const matches = words.every((word) => item.text.includes(word));
        item.element.hidden = !matches;
        here += matches;
      }
      section.hidden = here === 0;
      for (const group of section.querySelectorAll("[data-group]")) {
        for (const details of group.querySelectorAll("details.more")) {
          details.open = words.length > 0;
        }
        group.hidden = !group.querySelector("[data-check]:not([hidden])");
      }
      all += items.length;
      left += here;
    }
    shown.textContent = words.length > 0 ? `${left} of ${all} checks` : "";
  };
  box.addEventListener("input", filter);
  document.getElementById("filtering").hidden = false;
  filter(); // a browser that comes back fills the box again
})();
