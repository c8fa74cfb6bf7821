"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const table = document.getElementById("matrix");
  const panel = document.getElementById("cell");
  const rows = [...table.tBodies[0].rows].map((row) => [...row.cells].slice(1));
  const buttons = rows.slice(0, -1).map((row) => row.slice(0, -1).map((cell) => cell.querySelector("button")));
  let pressed = null;

  const chosen = (name) => document.querySelector(`input[name=${name}]:checked`).value;

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // The matrix: texts and classes are worked out beforehand, so showing another view only puts them in place.
  function show() {
    const count = chosen("count");
    const split = chosen("split");
    const view = data.views[`${count}|${split}`];
    view.rows.forEach((row, i) => row.forEach(([recorded, more, classes], j) => {
      const cell = rows[i][j];
      cell.className = classes;
      cell.querySelector(".r").textContent = recorded;
      cell.querySelector(".m").textContent = more;
      cell.querySelector(".vh").textContent = classes.endsWith("one") ? " one speaker only" : "";
    }));
    document.getElementById("shown").textContent = `${count}, ${data.splits[split]}`;
    document.getElementById("target-key").hidden = view.target === null;
    document.getElementById("fullest-key").hidden = view.target !== null;
    document.getElementById("target").textContent = view.target ?? "";
    document.getElementById("fullest").textContent = view.largest;
    document.getElementById("more-means").textContent = count === "speakers"
      ? "heard there in simulation only; together they are distinct people" : "simulated";
    table.dataset.view = `${count}|${split}`;
  }

  function readFragment() {
    const asked = new URLSearchParams(location.hash.slice(1));
    for (const name of ["count", "split"]) {
      const value = asked.get(name);
      const input = [...document.querySelectorAll(`input[name=${name}]`)].find((each) => each.value === value);
      if (input) input.checked = true;
    }
    show();
  }

  for (const input of document.querySelectorAll("input[name=count], input[name=split]")) {
    input.addEventListener("change", () => {
      history.replaceState(null, "", `#count=${chosen("count")}&split=${encodeURIComponent(chosen("split"))}`);
      show();
    });
  }
  addEventListener("hashchange", readFragment);

  // One cell in full: what it holds in each split, and its clips.
  function counts(i, j) {
    const list = element("table", undefined, "list");
    const head = list.createTHead().insertRow();
    head.append(...["", ...data.measures].map((name) => {
      const cell = element("th", name, name ? "n" : "");
      cell.scope = "col";
      return cell;
    }));
    const body = list.createTBody();
    for (const [split, label] of Object.entries(data.splits)) {
      const row = body.insertRow();
      const name = element("th", label);
      name.scope = "row";
      row.append(name);
      for (const count of data.measures) {
        const [recorded, more] = data.views[`${count}|${split}`].rows[i][j];
        const cell = element("td", undefined, "n");
        cell.append(element("span", recorded, "r"), element("span", more, "m"));
        row.append(cell);
      }
    }
    return list;
  }

  function clip(each) {
    const box = element("div");
    const title = element("div");
    title.append(element("strong", each.origin), element("span", ` · ${each.about} · `, "soft"), element("code", each.id));
    const audio = element("audio");
    audio.controls = true;
    audio.preload = "none";
    audio.src = `data:audio/mpeg;base64,${each.mp3}`;
    audio.setAttribute("aria-label", `${each.origin} clip ${each.id}`);
    box.append(title, audio);
    if (each.text) box.append(element("blockquote", each.text));
    return box;
  }

  function open(i, j) {
    const clips = data.clips[`${i}|${j}`] ?? [];
    document.getElementById("cell-name").textContent = `${data.accents[i]} in ${data.conditions[j]}`;
    document.getElementById("cell-counts").replaceChildren(counts(i, j));
    document.getElementById("cell-clips").replaceChildren(
      ...(clips.length ? clips.map(clip) : [element("p", "There is no clip of this cell here.", "soft")]));
    pressed?.setAttribute("aria-pressed", "false");
    pressed = buttons[i][j];
    pressed.setAttribute("aria-pressed", "true");
    panel.hidden = false;
  }

  function close() {
    panel.querySelectorAll("audio").forEach((audio) => audio.pause());
    panel.hidden = true;
    pressed?.setAttribute("aria-pressed", "false");
    pressed?.focus();
  }

  function moveTo(i, j) {
    const next = buttons[i]?.[j];
    if (!next) return;
    table.querySelector("button[tabindex='0']").tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }

  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  buttons.forEach((row, i) => row.forEach((button, j) => {
    button.tabIndex = i + j ? -1 : 0;
    button.addEventListener("click", () => open(i, j));
    button.addEventListener("keydown", (event) => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      moveTo(i + steps[event.key][0], j + steps[event.key][1]);
    });
  }));
  document.getElementById("cell-close").addEventListener("click", close);
  addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });

  document.documentElement.classList.add("js");
  readFragment();
})();
