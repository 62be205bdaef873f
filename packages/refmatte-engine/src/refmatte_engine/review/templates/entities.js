const data = JSON.parse(byId("data").textContent);
const fields = new Map(data.fields.map((field) => [field.name, field]));
const cards = data.cards.map((card) => ({ ...card, said: new Map(card.said.map((one) => [one.name, one])) }));
const place = new Map(cards.map((card, index) => [card.entity_id, index]));
const words = new Map(data.vocabulary.map((word) => [word.name, word]));
const attributes = new Set(cards.flatMap((card) => [...card.said.keys()].filter((name) => name.startsWith("attr:"))));
const UNKNOWN = "unknown", RECENT = 9;
const origins = { correction: "corrected before", dataset: "dataset", computed: "measured", model: "model", "": "" };

const earlier = new Map(Object.entries(data.earlier).map(([id, row]) => [id, row.drop ? { drop: true } : { set: row }]));
for (const row of earlier.values()) for (const name of Object.keys(row.set || {})) if (name.startsWith("attr:")) attributes.add(name);
const decisions = new Decisions(data.digest, earlier);
let shown = [], focus = 0, anchor = 0;
const selected = new Set();
const recent = [];

// ---- what is known of a card, with what the person has said ------------------------------------------------

function proposed(card, name) { return card.said.get(name)?.value || ""; }
function value(card, name) {
  const set = decisions.get(card.entity_id)?.set?.[name];
  return set === undefined ? proposed(card, name) : set === UNKNOWN ? "" : set;
}
function state(card) {
  const decision = decisions.get(card.entity_id);
  if (!decision) return "open";
  if (decision.drop) return "dropped";
  return Object.entries(decision.set).some(([name, text]) => text !== proposed(card, name)) ? "corrected" : "accepted";
}
function applies(name, kind) {
  const humans = fields.get(name)?.humans;
  return humans === null || humans === undefined || humans === (kind === "human");
}
function namesOf(kind) { return [...fields.keys()].filter((name) => applies(name, kind)).concat([...attributes].sort()); }
function short(card) {
  const kind = value(card, "kind");
  const several = namesOf(kind).filter((name) => !["category", "kind", "plural", "synonyms", "salient", "transparent"].includes(name));
  const texts = several.map((name) => value(card, name).split(";")[0].replace(/\s[\d.]+%/u, "").trim()).filter(Boolean);
  if (value(card, "transparent") === "yes") texts.unshift("transparent");
  return texts.join(" · ");
}
function trustText(card) { return Math.round(card.certainty * 100) + " %"; }

// ---- decisions -----------------------------------------------------------------------------------------------

// The cards an action is about: the selected ones, else the one in focus.
function chosen() {
  if (selected.size) return [...selected].sort((a, b) => a - b).map((index) => cards[index]);
  return shown.length ? [cards[shown[focus]]] : [];
}
function nearest(name, legal) { return legal.filter((word) => word.startsWith(name.slice(0, 2))).slice(0, 4).join(", "); }

// Why no phrase could say a word, or "".
function wordProblem(word) {
  if (!/^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_ .'-]{0,99}$/u.test(word)) return "a category has up to 100 letters, digits, spaces, . ' - _";
  return data.reserved.includes(word.toLowerCase().replace(/[ _-]+\d+$/u, "")) ? `phrases use "${word}" for the whole picture` : "";
}
// Why a value cannot be said, or "".
function problem(name, text) {
  if (!text || text === UNKNOWN) return "";
  if (name === "category") return wordProblem(text);
  if (name === "synonyms") return text.split(";").map((word) => word.trim()).filter(Boolean).map(wordProblem).find(Boolean) || "";
  if (name !== "color" && name !== "clothes_color") return "";
  const parts = text.split(";").map((part) => part.trim()).filter(Boolean);
  let total = 0, shares = 0;
  for (const part of parts) {
    const [, word, number, percent] = /^(.*?)(?:\s+([\d.]+)(\s*%)?)?$/u.exec(part);
    const plain = word.toLowerCase().replaceAll("grey", "gray"), cut = plain.lastIndexOf(" ");
    const known = data.colors.words.includes(plain) || data.colors.words.includes(plain.replaceAll(" ", ""))
      || (data.colors.terms.includes(plain.slice(cut + 1)) && data.colors.shades.includes(plain.slice(0, cut)));
    if (!known) return `"${word}" is no colour: ${nearest(plain, data.colors.words) || "write one of " + data.colors.terms.join(", ")}`;
    if (number === undefined) continue;
    const share = Number(number) / (percent ? 100 : 1);
    if (!(share > 0 && share <= 1)) return "a share is over 0 and at most 100%";
    total += share; shares += 1;
  }
  if (!parts.length || (shares && shares !== parts.length)) return "give colours separated by ; with a share each or with none";
  return total > 1 + 1e-9 ? "the shares are more than 100% in all" : "";
}

function tidy(name, text) {
  const plain = plainText(text);
  return name === "category" ? plainText(plain.toLowerCase().replaceAll("_", " ")) : plain;
}

// The decision on a card after one column got a text; "" goes back to what was proposed.
function changed(card, name, text) {
  const before = decisions.get(card.entity_id);
  const set = { ...(before?.set || card.accept) };
  if (text) set[name] = text; else if (card.accept[name]) set[name] = card.accept[name]; else delete set[name];
  if (name === "category") {
    // What the old word said of a person goes with it; the new word brings its kind.
    for (const other of ["gender", "age_group", "plural"]) if (card.accept[other] === set[other]) delete set[other];
    const kind = words.get(set.category)?.kind, came = words.get(before?.set?.category)?.kind;
    if (kind && kind !== proposed(card, "kind")) set.kind = kind; else if (kind || (came && set.kind === came)) delete set.kind;
  }
  if (!before && !text && Object.keys(set).every((key) => set[key] === card.accept[key])) return undefined;
  return { set };
}
function say(list, name, text) {
  decisions.apply(list.map((card) => [card.entity_id, changed(card, name, text)]), shown[focus]);
  if (name === "category" && text && text !== UNKNOWN) remember(text);
}
function remember(category) {
  const at = recent.indexOf(category);
  if (at >= 0) return;
  recent.push(category);
  if (recent.length > RECENT) recent.shift();
}
function accept() {
  const list = chosen(), named = list.filter((card) => value(card, "category"));
  decisions.apply(named.filter((card) => !decisions.get(card.entity_id)?.set)
    .map((card) => [card.entity_id, { set: { ...card.accept } }]), shown[focus]);
  if (named.length < list.length) {
    toast(list.length === 1 ? "Nobody knows what it is: press C and name it, or D to drop it"
      : `${list.length - named.length} have no category yet: they stay open`);
    if (list.length === 1) return;
  }
  goOn(list);
}
function drop() {
  const list = chosen();
  decisions.apply(list.map((card) => [card.entity_id, { drop: true }]), shown[focus]);
  goOn(list);
}
function reopen() {
  const list = chosen().filter((card) => decisions.get(card.entity_id));
  decisions.apply(list.map((card) => [card.entity_id, undefined]), shown[focus]);
  draw();
}
function back(step, text) {
  if (!step) { toast(`nothing to ${text}`); return; }
  selected.clear();
  const at = shown.indexOf(step.at);
  if (at >= 0) moveTo(at); else draw();
}
function goOn(list) {
  const many = list.length > 1;
  let from = focus;
  if (many) from = Math.max(...list.map((card) => shown.indexOf(place.get(card.entity_id))), 0);
  selected.clear();
  for (let step = 1; step <= shown.length; step++) {
    const index = (from + step) % shown.length;
    if (!decisions.get(cards[shown[index]].entity_id)) {
      if (from + step >= shown.length) toast("from the top: these were left open");
      moveTo(index);
      return;
    }
  }
  draw();
  toast("Everything shown is decided. Save corrections.csv, or change the filter.");
}
function rows() {
  const used = new Set(), lines = [];
  for (const [id, decision] of [...decisions.byItem].sort(([a], [b]) => a < b ? -1 : 1)) {
    const card = cards[place.get(id)];
    if (decision.drop) { lines.push([id, "yes", {}]); continue; }
    const kind = card ? value(card, "kind") : decision.set.kind;
    const set = Object.fromEntries(Object.entries(decision.set).filter(([name, text]) => text && (kind === undefined || applies(name, kind))));
    Object.keys(set).forEach((name) => used.add(name));
    lines.push([id, "", set]);
  }
  const columns = [...fields.keys(), ...[...used].filter((name) => !fields.has(name)).sort()].filter((name) => used.has(name));
  return { columns: ["entity_id", "drop", ...columns], lines: lines.map(([id, gone, set]) => [id, gone, ...columns.map((name) => set[name])]) };
}
function save() {
  leaveField();
  const { columns, lines } = rows();
  if (!lines.length) { toast("Nothing is decided yet."); return; }
  download("corrections.csv", csv(columns, lines));
  decisions.setUnsaved(0);
  draw();
  toast(`${lines.length} rows saved. Build with them: refmatte build ... --corrections corrections.csv`, 6);
}

// ---- the list ------------------------------------------------------------------------------------------------

const marks = { accepted: "ok", corrected: "corrected", dropped: "dropped" };
function makeCard(position) {
  const card = cards[shown[position]], picture = element("div", "picture checker");
  if (card.thumb) {
    const image = element("img");
    image.src = card.thumb; image.alt = ""; image.decoding = "async"; image.draggable = false;
    picture.append(image);
  } else picture.append(element("div", "lost", card.note || "no picture"));
  const trust = element("div", "trust");
  trust.style.width = card.certainty * 100 + "%";
  const cell = element("div", "card", element("div", "", picture, element("div", "name"), element("div", "more"), element("div", "mark"), trust));
  cell.onclick = (event) => {
    if (event.shiftKey) extendTo(position); else if (event.ctrlKey || event.metaKey) { toggle(position); moveTo(position, true); } else { selected.clear(); moveTo(position); }
    list.node.focus({ preventScroll: true });
  };
  cell.ondblclick = () => editCategory();
  return cell;
}
function paintCard(cell, position) {
  const card = cards[shown[position]], now = state(card), name = value(card, "category");
  cell.className = ["cell card", now, position === focus ? "focused" : "", selected.has(shown[position]) ? "selected" : ""].join(" ");
  cell.title = `${card.entity_id}\ncertainty ${trustText(card)}`;
  const label = cell.querySelector(".name");
  label.textContent = name || "not known";
  label.classList.toggle("unknown", !name);
  cell.querySelector(".more").textContent = short(card);
  const mark = cell.querySelector(".mark");
  mark.textContent = marks[now] || "";
  mark.hidden = !marks[now];
}
const list = new Windowed(byId("list"), 172, 196, makeCard, paintCard);

function moveTo(position, keepSelected = false) {
  if (!shown.length) { draw(); return; }
  focus = Math.min(Math.max(position, 0), shown.length - 1);
  anchor = focus;
  if (!keepSelected && selected.size && !selected.has(shown[focus])) selected.clear();
  list.reveal(focus);
  draw();
}
function toggle(position) {
  const index = shown[position];
  if (!selected.delete(index)) selected.add(index);
}
function extendTo(position) {
  const to = Math.min(Math.max(position, 0), shown.length - 1);
  selected.clear();
  for (let i = Math.min(anchor, to); i <= Math.max(anchor, to); i++) selected.add(shown[i]);
  focus = to;
  list.reveal(focus);
  draw();
}

const filters = {};
for (const name of ["text", "state", "category", "kind", "origin", "certainty", "order"]) filters[name] = byId("f-" + name);
const orders = {
  certainty: (a, b) => a.certainty - b.certainty || (a.entity_id < b.entity_id ? -1 : 1),
  category: (a, b) => value(a, "category").localeCompare(value(b, "category")) || a.certainty - b.certainty,
  name: (a, b) => a.entity_id < b.entity_id ? -1 : 1,
};
function haystack(card) {
  const category = value(card, "category");
  return [card.entity_id, card.note, category, ...(words.get(category)?.words || []), ...namesOf(value(card, "kind")).map((name) => value(card, name))].join("\n").toLowerCase();
}
function fillCategories() {
  const counts = new Map();
  for (const card of cards) { const name = value(card, "category"); counts.set(name, (counts.get(name) || 0) + 1); }
  const known = [...counts].filter(([name]) => name).sort(([a], [b]) => a.localeCompare(b));
  const options = known.map(([name, n]) => [name, `${name} (${n})`]);
  if (counts.get("")) options.unshift(["?", `not known (${counts.get("")})`]);
  fillSelect(filters.category, "all", options);
}
function filter() {
  const text = filters.text.value.toLowerCase().trim(), most = Number(filters.certainty.value) / 100;
  byId("f-certainty-said").textContent = filters.certainty.value + " %";
  const before = shown[focus];
  shown = cards.map((card, index) => index).filter((index) => {
    const card = cards[index], category = value(card, "category");
    return (!filters.state.value || state(card) === filters.state.value)
      && (!filters.category.value || category === (filters.category.value === "?" ? "" : filters.category.value))
      && (!filters.kind.value || value(card, "kind") === filters.kind.value)
      && (!filters.origin.value || (card.said.get("category")?.origin || "none") === filters.origin.value)
      && card.certainty <= most && (!text || haystack(card).includes(text));
  }).sort((a, b) => orders[filters.order.value](cards[a], cards[b]));
  selected.clear();
  focus = anchor = Math.max(0, shown.indexOf(before));
  list.show(shown.length);
  if (shown.length) list.reveal(focus);
  draw();
}

// ---- the panel -----------------------------------------------------------------------------------------------

// The panel is built for some cards and some fields. As long as these stay, a draw only refreshes what it says:
// the field in which a person types, or the button that he is about to release, is never replaced under his hand.
let builtFor = "", refreshes = [], pressed = false, leaving = false, waiting = 0;
document.addEventListener("pointerdown", () => { pressed = true; });
document.addEventListener("pointerup", () => { pressed = false; });

function chipText(card, name) {
  const set = decisions.get(card.entity_id)?.set?.[name], one = card.said.get(name);
  if (set !== undefined && set !== (one?.value || "")) return set === UNKNOWN ? "taken back" : "yours";
  if (!one) return "";
  return (origins[one.origin] ?? one.origin) + (one.score === null ? "" : ` ${Math.round(one.score * 100)} %`);
}
function isChanged(card, name) {
  const set = decisions.get(card.entity_id)?.set?.[name];
  return set !== undefined && set !== proposed(card, name);
}
function fieldRow(here, name) {
  const field = fields.get(name), card = here[0], one = here.length === 1;
  const label = element("label", "", field?.title || name.slice(5)), chip = element("span", "chip"), error = element("div", "problem");
  const input = element(field?.choices.length ? "select" : "input"), extra = [];
  const common = () => { const texts = new Set(here.map((each) => value(each, name))); return texts.size === 1 ? [...texts][0] : null; };
  input.id = label.htmlFor = "v-" + name;
  error.hidden = true;
  const refresh = [() => {
    const text = common();
    chip.textContent = one ? chipText(card, name) : "";
    chip.hidden = !chip.textContent;
    chip.classList.toggle("new", one && isChanged(card, name));
    input.classList.toggle("changed", here.some((each) => isChanged(each, name)));
    if (input === document.activeElement && input.tagName === "INPUT") return;
    error.hidden = true;
    input.classList.remove("wrong");
    if (input.tagName === "INPUT") {
      input.value = text ?? "";
      input.placeholder = text === null ? "(several)" : "not known";
      return;
    }
    const was = one ? proposed(card, name) : "";
    fillSelect(input, text === null ? "(several)" : was ? `${was} (proposed)` : "not known",
      [...field.choices.filter((choice) => choice !== was), ...(name === "kind" ? [] : [[UNKNOWN, "unknown: take it back"]])]);
    const set = decisions.get(card.entity_id)?.set?.[name];
    input.value = one ? (set !== undefined && set !== was ? set : "") : text ?? "";
  }];
  const commit = () => {
    const wanted = tidy(name, input.value), wrong = problem(name, wanted), text = common();
    error.textContent = wrong;
    error.hidden = !wrong;
    input.classList.toggle("wrong", Boolean(wrong));
    if (wrong) {
      toast(`not kept: ${wrong}`, 5);
      return false;
    }
    if (input.tagName === "INPUT" ? wanted !== (text ?? "") : true) say(here, name, wanted);
    return true;
  };
  if (input.tagName === "SELECT") input.onchange = commit;
  else {
    input.autocomplete = "off";
    input.spellcheck = false;
    input.title = 'write "unknown" to take a value back; empty goes back to what was proposed';
    const lists = { category: "known-categories", color: "known-colors", clothes_color: "known-colors" };
    if (lists[name]) input.setAttribute("list", lists[name]);
    input.onblur = () => { leaving = true; try { commit(); } finally { leaving = false; } };
    input.onkeydown = (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      if (!commit()) return;
      byId("list").focus({ preventScroll: true });
      if (name !== "category") return;
      // Enter on a name that is right already accepts it.
      decisions.apply(here.filter((each) => value(each, "category") && !decisions.get(each.entity_id))
        .map((each) => [each.entity_id, { set: { ...each.accept } }]), shown[focus]);
      goOn(here);
    };
  }
  if (name === "category") {
    const others = element("div", "words"), quickly = element("div", "recent");
    extra.push(others, quickly);
    refresh.push(() => {
      const text = common(), known = words.get(text)?.words || [];
      others.textContent = known.length ? "also: " + known.slice(0, 8).join(", ") : text && !words.has(text) ? "a category of your own: say its kind" : "";
      quickly.replaceChildren(...recent.map((word, index) => {
        const button = element("button", "", element("kbd", "", String(index + 1)), " " + word);
        button.onclick = () => { quick(index); byId("list").focus({ preventScroll: true }); };
        return button;
      }));
    });
  }
  if (one && card.candidates[name]) extra.push(offered(card, name, refresh));
  return { nodes: [label, input, element("div", "from", chip), ...extra, error], refresh };
}
// What models considered: a click takes one.
function offered(card, name, refresh) {
  const row = element("div", "offered");
  const buttons = card.candidates[name].map((one) => {
    const node = element("button", "", one.value, " ", element("span", "soft", `${Math.round(one.score * 100)} %`));
    node.onclick = () => { say([card], name, tidy(name, one.value)); byId("list").focus({ preventScroll: true }); };
    return [one.value, node];
  });
  row.append(...buttons.map(([, node]) => node));
  refresh.push(() => { for (const [text, node] of buttons) node.classList.toggle("taken", value(card, name) === text); });
  return row;
}
function quick(index) {
  if (index >= recent.length) return;
  const here = chosen();
  say(here, "category", recent[index]);
  goOn(here);
}
function button(text, key, action) {
  const node = element("button", "", text + " ", element("kbd", "", key));
  node.onclick = () => { action(); byId("list").focus({ preventScroll: true }); };
  return node;
}
function namesFor(here) {
  const kinds = [...new Set(here.map((card) => value(card, "kind")))];
  return kinds.length ? namesOf(kinds[0]).filter((name) => kinds.every((kind) => applies(name, kind))) : [];
}
function drawPanel(later = false) {
  const here = chosen(), names = namesFor(here), panel = byId("panel");
  const key = JSON.stringify([here.map((card) => card.entity_id), names]);
  if (key !== builtFor) {
    const inside = panel.contains(document.activeElement) && typing({ target: document.activeElement });
    if (pressed || leaving || (inside && !later)) {
      clearTimeout(waiting);
      waiting = setTimeout(() => drawPanel(true), pressed ? 60 : 0);
      return;
    }
    rebuild(panel, here, names, key);
  }
  for (const refresh of refreshes) refresh();
}
function rebuild(panel, here, names, key) {
  const at = panel.contains(document.activeElement) ? document.activeElement.id : "";
  builtFor = key;
  refreshes = [];
  fillPanel(panel, here, names);
  if (at) byId(at)?.focus();
}
function fillPanel(panel, here, names) {
  if (!here.length) { panel.replaceChildren(element("p", "soft", "Nothing fits the filter.")); return; }
  const card = here[0], parts = [];
  if (here.length === 1) {
    const big = element("div", "big checker"), now = element("span", "chip");
    if (card.thumb) { const image = element("img"); image.src = card.thumb; image.alt = card.entity_id; big.append(image); }
    parts.push(big, element("div", "id", card.entity_id));
    if (card.note) parts.push(element("div", "note", card.note));
    parts.push(element("div", "", now, " ", element("span", "chip", `certainty ${trustText(card)}`), " ", element("span", "chip", card.license)));
    refreshes.push(() => { now.textContent = state(card); });
  } else parts.push(element("h2", "", `${here.length} selected`), element("div", "soft", "What you change here changes in all of them."));
  parts.push(element("div", "acts", button("Accept", "A", accept), button("Drop", "D", drop), button("Next", "N", () => goOn([])), button("Reopen", "R", reopen)));
  const grid = element("div", "fields");
  for (const name of names) {
    const row = fieldRow(here, name);
    grid.append(...row.nodes);
    refreshes.push(...row.refresh);
  }
  parts.push(grid);
  const added = element("input"), more = element("button", "", "Add");
  added.id = "new-attribute";
  added.placeholder = "new attribute, such as material";
  const add = () => {
    const name = plainText(plainText(added.value).toLowerCase().replace(/^attr:/u, "").replaceAll(",", " ")).replaceAll(/[ -]/gu, "_");
    if (!name || fields.has(name)) { if (name) toast(`${name} is there already`); return; }
    attributes.add("attr:" + name);
    byId("list").focus({ preventScroll: true });
    drawPanel();
    byId("v-attr:" + name)?.focus();
  };
  added.onkeydown = (event) => { if (event.key === "Enter") { event.preventDefault(); add(); } };
  more.onclick = add;
  parts.push(element("div", "add", added, more));
  panel.replaceChildren(...parts);
}
function editCategory() {
  const input = byId("v-category");
  if (input) { input.focus(); input.select(); }
}
function leaveField() { if (typing({ target: document.activeElement })) document.activeElement.blur(); }

function draw() {
  list.repaint();
  drawPanel();
  const counts = { accepted: 0, corrected: 0, dropped: 0, open: 0 };
  for (const card of cards) counts[state(card)] += 1;
  showProgress([
    { name: "accepted", n: counts.accepted, className: "done-good" },
    { name: "corrected", n: counts.corrected, className: "done-edit" },
    { name: "dropped", n: counts.dropped, className: "done-bad" },
  ], cards.length, decisions.unsaved, "corrections.csv");
  byId("undo").disabled = !decisions.past.length;
  byId("count").textContent = `${shown.length.toLocaleString("en")} shown` + (selected.size ? `, ${selected.size} selected` : "");
}
decisions.onchange = () => { draw(); };

// ---- keys ----------------------------------------------------------------------------------------------------

showKeys([
  [["←", "→", "↑", "↓"], "move (also H J K L, Page Up, Page Down, Home, End)"],
  [["A", "Enter"], "accept what is shown, and go on"],
  [["C"], "correct the category; Enter goes on, Tab goes to the other fields"],
  [["1", "…", "9"], "a category you used before"],
  [["D"], "drop: the next build leaves it out"],
  [["X"], "select, one by one; Shift with an arrow, or Shift-click, selects a row of them"],
  [["Ctrl A"], "select all that is shown; accept, drop and fields then work on all of them"],
  [["N", "R"], "next open one; make it open again"],
  [["U", "Ctrl Z"], "undo; Shift Ctrl Z does it again"],
  [["/"], "search"],
  [["S"], "save corrections.csv"],
  [["Esc"], "leave a field, or let go of the selection"],
]);
const moves = { ArrowLeft: () => -1, h: () => -1, ArrowRight: () => 1, l: () => 1, ArrowUp: () => -list.columns, k: () => -list.columns,
  ArrowDown: () => list.columns, j: () => list.columns, PageDown: () => list.page, PageUp: () => -list.page,
  Home: () => -Infinity, End: () => Infinity };
const actions = { a: accept, Enter: accept, d: drop, Delete: drop, c: editCategory, r: reopen, n: () => goOn([]), s: save,
  u: () => back(decisions.undo(), "undo"), "/": () => filters.text.focus(), "?": () => byId("keys").showModal(),
  x: () => { toggle(focus); draw(); }, Escape: () => { selected.clear(); draw(); } };
document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, command = event.ctrlKey || event.metaKey;
  if (command && key === "s") { event.preventDefault(); save(); return; }
  if (typing(event)) {
    if (event.key === "Escape" && !event.target.closest("dialog")) {
      const commit = event.target.onblur;
      event.target.onblur = null;
      byId("list").focus({ preventScroll: true });
      event.target.onblur = commit;
      draw();
    }
    return;
  }
  if (command && key === "z") { event.preventDefault(); back(event.shiftKey ? decisions.redo() : decisions.undo(), event.shiftKey ? "do again" : "undo"); return; }
  if (command && key === "y") { event.preventDefault(); back(decisions.redo(), "do again"); return; }
  if (command && key === "a") { event.preventDefault(); shown.forEach((index) => selected.add(index)); draw(); return; }
  if (command || event.altKey) return;
  if (event.target.closest("button") && (key === "Enter" || key === " ")) return;
  if (moves[key]) {
    event.preventDefault();
    const to = focus + moves[key]();
    if (event.shiftKey) extendTo(to); else moveTo(to, true);
  } else if (/^[1-9]$/u.test(key)) quick(Number(key) - 1);
  else if (actions[key]) { event.preventDefault(); actions[key](); }
});
byId("undo").onclick = () => back(decisions.undo(), "undo");
byId("help").onclick = () => byId("keys").showModal();
byId("save").onclick = save;

// ---- start ---------------------------------------------------------------------------------------------------

function datalist(id, values) {
  const node = element("datalist");
  node.id = id;
  node.append(...values.map((text) => { const option = element("option"); option.value = text; return option; }));
  document.body.append(node);
}
datalist("known-categories", [...new Set([...words.keys(), ...cards.map((card) => proposed(card, "category"))])].filter(Boolean).sort());
datalist("known-colors", data.colors.words);
fillSelect(filters.state, "all", ["open", "accepted", "corrected", "dropped"]);
fillSelect(filters.kind, "all", fields.get("kind").choices);
fillSelect(filters.origin, "anybody", [["model", "model"], ["dataset", "dataset"], ["correction", "corrected before"], ["none", "nobody"]]);
filters.order.replaceChildren(...[["certainty", "least certain first"], ["category", "category"], ["name", "name"]].map(([name, text]) => { const option = element("option", "", text); option.value = name; return option; }));
fillCategories();
for (const [name, node] of Object.entries(filters)) node[name === "text" || name === "certainty" ? "oninput" : "onchange"] = filter;
filters.category.onfocus = fillCategories;
filters.text.onkeydown = (event) => { if (event.key === "Enter") byId("list").focus({ preventScroll: true }); };
filter();
byId("list").focus({ preventScroll: true });
performance.mark("ready");
