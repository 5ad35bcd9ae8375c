"use strict";
// Makes the table of hosts from the data in the page. Whatever a host said reaches the document as text only.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const count = data.name.length;
  const FIRST = ["failed", "not_connected", "unreachable", "unknown", "not_started"];
  const MOST_PRINTED = 2000;
  const english = new Intl.NumberFormat("en");

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== false) made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }

  // A stranger's text cannot turn what stands beside it.
  function words(text) {
    return element("bdi", null, text);
  }

  function hosts(number) {
    return number === 1 ? "1 host" : english.format(number) + " hosts";
  }

  function kindOf(host) {
    return data.kinds[data.kind[host]];
  }

  function addressOf(host) {
    return data.address[host] === 0 ? data.name[host] : data.address[host];
  }

  function at(list, index) {
    return index < 0 || index === undefined ? "" : list[index];
  }

  function causeOf(host) {
    return at(data.causes, data.cause[host]) || ["", "", "", "", ""];
  }

  function why(host) {
    const [phase, kind, rule, detail] = causeOf(host);
    const fixed = [phase, kind, rule].filter(Boolean).join(" · ");
    const said = detail || at(data.notes, data.note[host]);
    return [fixed, said].filter(Boolean).join(" · ");
  }

  function moment(offset) {
    return offset < 0 ? "" : new Date(data.begin + offset).toISOString().replace("T", " ").slice(0, 19);
  }

  function span(milliseconds) {
    if (milliseconds < 0) return "";
    const seconds = milliseconds / 1000;
    if (seconds < 60) return seconds.toFixed(1) + " s";
    const whole = Math.round(seconds);
    if (whole < 3600) return Math.floor(whole / 60) + " min " + (whole % 60) + " s";
    return Math.floor(whole / 3600) + " h " + (Math.floor(whole / 60) % 60) + " min";
  }

  // The order people expect: web2 before web10.
  function natural(text) {
    return text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
  }

  const urgency = data.kinds.map(([word]) => (FIRST.includes(word) ? FIRST.indexOf(word) : FIRST.length + data.kinds.findIndex((kind) => kind[0] === word)));
  const columns = [
    { title: "Host", name: "c-name", key: (host) => natural(data.name[host]) },
    { title: "Outcome", name: "c-kind", key: (host) => urgency[data.kind[host]] },
    { title: "Why", name: "c-why", key: (host) => why(host) },
    { title: "Wave", name: "c-wave", key: (host) => data.wave[host] },
    { title: "Platform", name: "c-mid", key: (host) => data.platform[host] },
    { title: "Tries", name: "c-small", key: (host) => data.attempts[host], number: true },
    { title: "Took", name: "c-small", key: (host) => data.took[host], number: true },
  ];
  // The style hides the last four columns there; an opened host must not bring them back.
  const narrow = matchMedia("(max-width: 40rem)");
  narrow.addEventListener("change", () => show());
  const state = { order: null, down: false, page: 0, size: 50, shown: [], open: new Set(), cause: -1 };
  const every = Array.from({ length: count }, (_, host) => host);
  const keys = new Map();
  let haystack = null;

  function sorted(list) {
    if (state.order === null) return list;
    const column = columns[state.order];
    if (!keys.has(column)) keys.set(column, every.map(column.key));
    const key = keys.get(column);
    const way = state.down ? -1 : 1;
    return list.sort((a, b) => (key[a] < key[b] ? -way : key[a] > key[b] ? way : a - b));
  }

  // What is searched: made when somebody first searches.
  function searched(host) {
    haystack ||= every.map((each) => [data.name[each], addressOf(each), why(each), at(data.spreads, data.spread[each])].join("\n").toLowerCase());
    return haystack[host];
  }

  function choice(title, list, values) {
    const used = new Set(values);
    const options = [...used].filter((index) => index >= 0).sort((a, b) => a - b);
    if (options.length < 2 && !used.has(-1)) return null;
    const select = element("select", null, element("option", { value: "" }, "all"));
    for (const index of options) select.append(element("option", { value: index }, list[index]));
    select.addEventListener("change", () => update(0));
    return { select, values, label: element("label", null, title, document.createElement("br"), select) };
  }

  const search = element("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => update(0), 120);
  });
  const choices = [choice("Wave", data.waves, data.wave), choice("Platform", data.platforms, data.platform), choice("Spread", data.spreads, data.spread)].filter(Boolean);
  const clear = element("button", { type: "button" }, "Show all");
  clear.addEventListener("click", () => {
    search.value = "";
    for (const each of choices) each.select.value = "";
    for (const box of boxes) box.checked = true;
    state.cause = -1;
    update(0);
  });
  const boxes = [];
  const kinds = element("fieldset", null, element("legend", null, "Outcomes"));
  for (const [index, [word, title]] of data.kinds.entries()) {
    const many = data.kind.reduce((sum, kind) => sum + (kind === index), 0);
    if (many === 0) continue;
    const box = element("input", { type: "checkbox", checked: true, value: index });
    box.addEventListener("change", () => update(0));
    boxes.push(box);
    kinds.append(element("label", { class: "k-" + word }, box, `${title} ${english.format(many)}`));
  }
  const said = element("p", { role: "status", id: "shown" });
  const body = element("tbody");
  const back = element("button", { type: "button" }, "Back");
  const next = element("button", { type: "button" }, "Next");
  const place = element("span");
  const size = element("select");
  for (const rows of [50, 100, 250, 500]) size.append(element("option", { value: rows }, String(rows)));
  back.addEventListener("click", () => update(state.page - 1));
  next.addEventListener("click", () => update(state.page + 1));
  size.addEventListener("change", () => {
    state.size = Number(size.value);
    update(0);
  });

  const heads = columns.map((column, index) => {
    const button = element("button", { type: "button" }, column.title);
    const head = element("th", { scope: "col", class: column.name + (column.number ? " number" : ""), "aria-sort": "none" }, button);
    button.addEventListener("click", () => {
      state.down = state.order === index ? !state.down : false;
      state.order = index;
      heads.forEach((each, number) => each.setAttribute("aria-sort", number !== index ? "none" : state.down ? "descending" : "ascending"));
      update(0);
    });
    return head;
  });

  function filtered() {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => Number(box.value)));
    const needles = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const picked = choices.filter((each) => each.select.value !== "").map((each) => [each.values, Number(each.select.value)]);
    return every.filter((host) =>
      wanted.has(data.kind[host]) &&
      (state.cause < 0 || data.cause[host] === state.cause) &&
      picked.every(([values, value]) => values[host] === value) &&
      needles.every((needle) => searched(host).includes(needle)));
  }

  function row(host) {
    const [word, title] = kindOf(host);
    const opened = state.open.has(host);
    const button = element("button", { type: "button", class: "open", "aria-expanded": String(opened), "aria-controls": "more-" + host }, words(data.name[host]));
    const line = element("tr", { class: "k-" + word },
      element("th", { scope: "row" }, button),
      element("td", null, element("span", { class: "kind" }, title)),
      element("td", null, element("span", { class: "why" }, words(why(host)))),
      element("td", null, words(at(data.waves, data.wave[host]))),
      element("td", null, at(data.platforms, data.platform[host])),
      element("td", { class: "number" }, String(data.attempts[host])),
      element("td", { class: "number" }, span(data.took[host])));
    const more = element("tr", { class: "more k-" + word, id: "more-" + host, hidden: !opened }, element("td", { colspan: narrow.matches ? 3 : columns.length }));
    if (opened) more.firstChild.append(details(host));
    button.addEventListener("click", () => {
      const open = !state.open.has(host);
      if (open) state.open.add(host); else state.open.delete(host);
      button.setAttribute("aria-expanded", String(open));
      more.hidden = !open;
      if (open && !more.firstChild.firstChild) more.firstChild.append(details(host));
    });
    return [line, more];
  }

  function details(host) {
    const [phase, kind, rule, detail, advice] = causeOf(host);
    const list = element("dl");
    const fact = (title, text, whole) => {
      if (text === "") return;
      list.append(element("div", { class: whole ? "whole" : null }, element("dt", null, title), element("dd", null, words(text))));
    };
    fact("What happened", [phase, kind, rule, detail].filter(Boolean).join(" · "), true);
    fact("Next", advice, true);
    fact(rule ? "Found" : "Directory", at(data.notes, data.note[host]), true);
    if (data.before) fact("In the earlier run", data.before[host] < 0 ? "not part of it" : data.kinds[data.before[host]][1]);
    fact("Address", addressOf(host));
    fact("In the inventory", at(data.files, data.file[host]) + (data.line[host] < 0 ? "" : ":" + data.line[host]));
    fact("Wave", at(data.waves, data.wave[host]));
    fact("Platform", at(data.platforms, data.platform[host]));
    fact("Release", at(data.releases, data.release[host]));
    fact("Spread", at(data.spreads, data.spread[host]));
    fact("Tries", String(data.attempts[host]));
    fact("First visit (UTC)", moment(data.visited[host]));
    fact("Waited for its permit", span(data.waited[host]));
    fact("Started (UTC)", moment(data.started[host]));
    fact("Ran", span(data.ran[host]));
    fact("Exit code", data.status[host] === null ? "" : String(data.status[host]));
    fact("Outcome (UTC)", moment(data.finished[host]));
    fact("Last visit took", span(data.took[host]));
    const output = at(data.outputs, data.output[host]);
    if (output !== "") {
      list.append(element("div", { class: "whole" }, element("dt", null, "Printed at the end"), element("dd", null, element("pre", { tabindex: "0" }, words(output)))));
    }
    return list;
  }

  function rows(list) {
    body.replaceChildren(...list.flatMap(row));
  }

  function show() {
    const from = state.page * state.size;
    rows(state.shown.slice(from, from + state.size));
  }

  function update(page) {
    state.shown = sorted(filtered());
    const pages = Math.max(1, Math.ceil(state.shown.length / state.size));
    state.page = Math.min(Math.max(page, 0), pages - 1);
    show();
    const all = state.shown.length === count;
    const narrowed = state.cause < 0 ? "" : ", with one cause";
    said.textContent = all ? "All " + hosts(count) : english.format(state.shown.length) + " of " + hosts(count) + narrowed;
    place.textContent = `page ${english.format(state.page + 1)} of ${english.format(pages)}`;
    back.disabled = state.page === 0;
    next.disabled = state.page === pages - 1;
    clear.disabled = all && search.value === "";
  }

  const table = element("table", { class: "hosts", "aria-describedby": "shown" },
    element("caption", { class: "unseen" }, "All hosts of the run; a host's name opens what is known of it"),
    element("thead", null, element("tr", null, ...heads)), body);
  document.getElementById("table").append(
    element("div", { class: "controls" },
      element("label", { class: "search" }, "Search names, addresses and reasons", search),
      ...choices.map((each) => each.label), clear),
    kinds,
    element("div", { class: "status" }, said,
      element("nav", { class: "pages", "aria-label": "Pages of the table" }, back, place, next, element("label", null, "rows ", size))),
    element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table of the hosts" }, table));

  for (const cause of document.querySelectorAll("[data-cause]")) {
    const number = Number(cause.dataset.cause);
    const button = element("button", { type: "button", class: "show" }, "Show in the table");
    button.addEventListener("click", () => {
      clear.click();
      state.cause = number;
      update(0);
      document.getElementById("hosts").focus();
      document.getElementById("hosts").scrollIntoView();
    });
    cause.append(button);
  }

  // Paper cannot turn pages, and details that are closed are not on it.
  let closed = [];
  addEventListener("beforeprint", () => {
    rows(state.shown.slice(0, MOST_PRINTED));
    if (state.shown.length > MOST_PRINTED) said.append(`; the first ${english.format(MOST_PRINTED)} are printed`);
    closed = [...document.querySelectorAll("details:not([open], .numbers)")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    update(state.page);
  });

  update(0);
  document.documentElement.dataset.ready = "yes";
})();
