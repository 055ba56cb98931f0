"use strict";
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const pieces = new RegExp(`(${settings.special})|(${settings.control})|(\\n)`, "gu");

  const nameOf = (character) => {
    const code = character.codePointAt(0);
    return settings.names[code] || "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  };

  const chip = (kind, text) => {
    const span = document.createElement("span");
    span.className = kind === "break" ? kind : "chip " + kind;
    if (kind === "break") span.setAttribute("aria-hidden", "true");
    span.textContent = text;
    return span;
  };

  // Model text only ever becomes text nodes.
  const say = (node, text) => {
    node.textContent = "";
    let end = 0;
    for (const match of text.matchAll(pieces)) {
      node.append(text.slice(end, match.index));
      if (match[1] !== undefined) node.append(chip("special", match[1]));
      else if (match[2] !== undefined) node.append(chip("control", nameOf(match[2])));
      else node.append(chip("break", "↵"), "\n");
      end = match.index + match[0].length;
    }
    node.append(text.slice(end));
  };

  const plain = (text) =>
    text.replace(new RegExp(settings.control, "gu"), (character) => `⟨${nameOf(character)}⟩`);

  const fill = (node, values) => {
    for (const field of node.querySelectorAll("[data-field]")) {
      const value = values[field.dataset.field];
      if (value !== undefined) field.textContent = plain(value);
    }
    for (const field of node.querySelectorAll("[data-said]")) {
      const value = values[field.dataset.said];
      if (value !== undefined) say(field, value);
    }
  };

  const fillLists = (node, lists) => {
    const blanks = new Map();
    for (const list of node.querySelectorAll("[data-list]")) {
      blanks.set(list, list.firstElementChild);
      list.textContent = "";
    }
    for (const [list, blank] of blanks) {
      for (const values of lists[list.dataset.list]) {
        const entry = blank.cloneNode(true);
        fill(entry, values);
        list.append(entry);
      }
    }
  };

  const pager = (box, turn) => {
    const [back, forth] = box.querySelectorAll("button");
    back.addEventListener("click", () => turn(-1));
    forth.addEventListener("click", () => turn(1));
    box.hidden = false;
    return (text, isFirst, isLast) => {
      box.querySelector("[data-status]").textContent = text;
      back.disabled = isFirst;
      forth.disabled = isLast;
    };
  };

  const pageSamples = (root) => {
    const index = JSON.parse(root.querySelector("[data-index]").textContent);
    const chunks = [...root.querySelectorAll("script[data-chunk]")];
    const rows = root.querySelector("[data-rows]");
    const blank = root.querySelector("template[data-blank]").content;
    const parsed = new Map();
    const chosen = { outcome: "", slices: index.slices.map(() => ""), text: "", candidate: "", state: "" };
    let passages = null;
    let found = [...index.outcomes.keys()];
    let page = 0;

    const rowAt = (position) => {
      const number = Math.floor(position / index.chunk);
      if (!parsed.has(number)) parsed.set(number, JSON.parse(chunks[number].textContent));
      return parsed.get(number)[position % index.chunk];
    };
    const passageAt = (position) => {
      passages ??= JSON.parse(root.querySelector("[data-passages]").textContent);
      return passages[position];
    };
    const draw = (position) => {
      const [, outcome, before, after, input, targets, facts, answers, prompts, found, thoughts] = rowAt(position);
      const sample = blank.cloneNode(true);
      fillLists(sample, {
        facts: facts.map(([name, value]) => ({ name, value })),
        answers: answers.map(([label, score, text, read, note]) => ({
          label: index.labels[label], score, text, read, note,
        })),
        thoughts: thoughts.map(([label, text]) => ({ label: index.labels[label], text })),
        passages: found.map(([label, passage]) => ({
          label: index.labels[label], id: passageAt(passage)[0], text: passageAt(passage)[1],
        })),
        prompts: prompts.map(([label, text]) => ({
          label: index.labels[label], text: index.prefixes[label] + text,
        })),
      });
      const summary = sample.querySelector("summary");
      fill(summary, {
        word: index.words[index.keys.indexOf(outcome)],
        input, target: targets[0] ?? "", before: before || "–", after: after || "–",
      });
      say(sample.querySelector("[data-said=input]"), input);
      say(sample.querySelector("[data-said=targets]"), targets.join("\n"));
      return sample;
    };
    const show = pager(root.querySelector("[data-pager]"), (step) => {
      page += step;
      render();
    });
    const status = () => {
      const first = page * settings.page;
      const last = Math.min(first + settings.page, found.length);
      const text = found.length ? `${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${found.length.toLocaleString("en")}` : "none";
      show(text, page === 0, last >= found.length);
      return found.slice(first, last);
    };
    const render = () => {
      const shown = document.createDocumentFragment();
      for (const position of status()) shown.append(draw(position));
      rows.replaceChildren(shown);
    };
    const candidates = () => {
      if (chosen.candidate === "") return null;
      const lever = chosen.candidate.startsWith("lever:") && chosen.candidate.slice(6);
      return new Set(lever ? index.levers[lever] : [Number(chosen.candidate)]);
    };
    // Only these look into the rows; all else is in the index.
    const holds = (position, asked) => {
      const [, , , , input, targets, , answers] = rowAt(position);
      const some = answers.filter(([label, score]) => (!asked || asked.has(label)) &&
        (chosen.state === "" || (parseFloat(score) >= 0.5) === (chosen.state === "right")));
      if ((asked || chosen.state) && !some.length) return false;
      if (!chosen.text) return true;
      const texts = [index.ids[position], input, ...targets, ...some.map((one) => one[2])];
      return texts.some((text) => text.toLowerCase().includes(chosen.text));
    };
    const filter = () => {
      const outcome = chosen.outcome === "" ? -1 : index.keys.indexOf(chosen.outcome);
      const asked = candidates();
      const looks = asked || chosen.text || chosen.state;
      found = [...index.outcomes.keys()].filter(
        (position) =>
          (outcome < 0 || index.outcomes[position] === outcome) &&
          chosen.slices.every((code, slice) => code === "" || index.slices[slice].codes[position] === Number(code)) &&
          (!looks || holds(position, asked)),
      );
      page = 0;
      render();
    };

    // Two answers of one sample, word by word; and the sample's own address.
    const compare = (sample, position) => {
      const box = sample.querySelector(".open");
      if (box.querySelector("[data-compare]")) return;
      const answers = rowAt(position)[7].filter((one) => one[2] !== "");
      const part = document.createElement("div");
      part.className = "compare";
      part.dataset.compare = "";
      const link = document.createElement("a");
      link.href = "#sample-" + encodeURIComponent(index.ids[position]);
      link.textContent = "link to this sample";
      if (answers.length > 1) {
        const [one, other] = ["difference from the answer of", "to that of"].map((words, at) => {
          const label = document.createElement("label");
          const select = document.createElement("select");
          answers.forEach(([number], place) => select.add(new Option(index.labels[number], place, at === place, at === place)));
          label.append(words + " ", select);
          part.append(label, " ");
          return select;
        });
        const shown = document.createElement("pre");
        shown.className = "said";
        shown.tabIndex = 0;
        const draw = () => difference(shown, answers[one.value][2], answers[other.value][2]);
        one.addEventListener("change", draw);
        other.addEventListener("change", draw);
        draw();
        part.append(shown);
      }
      part.append(link);
      box.append(part);
    };
    rows.addEventListener("toggle", (event) => {
      const sample = event.target.closest("[data-sample]");
      if (sample !== event.target || !sample.open) return;
      compare(sample, found[page * settings.page + [...rows.children].indexOf(sample)]);
    }, true);
    const open = (id) => {
      const position = index.ids.indexOf(id);
      if (position < 0) return false;
      found = [...index.outcomes.keys()];
      page = Math.floor(position / settings.page);
      render();
      const sample = rows.children[position % settings.page];
      sample.open = true;
      sample.querySelector("summary").focus();
      sample.scrollIntoView();
      return true;
    };
    const step = (by) => {
      const all = [...rows.querySelectorAll("[data-sample] > summary")];
      const at = all.indexOf(document.activeElement);
      const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
      if (next) next.focus();
    };
    const turn = (by) => root.querySelector(`[data-pager] [data-turn="${by}"]`).click();
    const keys = {
      "/": () => root.querySelector("[data-find]").focus(),
      j: () => step(1), k: () => step(-1), n: () => turn(1), p: () => turn(-1),
    };

    const filters = root.querySelector("[data-filters]");
    filters.hidden = false;
    const buttons = filters.querySelectorAll("[data-outcome]");
    for (const button of buttons) {
      button.addEventListener("click", () => {
        chosen.outcome = button.dataset.outcome;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        filter();
      });
    }
    for (const select of filters.querySelectorAll("[data-slice]")) {
      select.addEventListener("change", () => {
        chosen.slices[Number(select.dataset.slice)] = select.value;
        filter();
      });
    }
    let wait = 0;
    filters.querySelector("[data-find]").addEventListener("input", (event) => {
      clearTimeout(wait);
      wait = setTimeout(() => { chosen.text = event.target.value.trim().toLowerCase(); filter(); }, 120);
    });
    for (const name of ["candidate", "state"]) {
      const select = filters.querySelector(`[data-${name}]`);
      if (select) select.addEventListener("change", () => { chosen[name] = select.value; filter(); });
    }
    root.querySelector("[data-keys]").hidden = false;
    const without = root.querySelector("[data-without-script]");
    if (without) without.hidden = true;
    status();
    return { root, open, keys };
  };

  // The words that one text has and the other has not (Myers would be faster; answers are short).
  const difference = (node, before, after) => {
    const [one, other] = [before, after].map((text) => (text.match(/\S+\s*|\s+/g) || []).slice(0, 600));
    const same = (i, j) => one[i].trim() === other[j].trim();
    const common = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1));
    for (let i = one.length - 1; i >= 0; i--)
      for (let j = other.length - 1; j >= 0; j--)
        common[i][j] = same(i, j) ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    node.textContent = "";
    const put = (tag, text) => {
      const piece = document.createElement(tag);
      say(piece, text);
      node.append(piece);
    };
    let i = 0, j = 0, differ = false;
    while (i < one.length || j < other.length) {
      if (i < one.length && j < other.length && same(i, j)) { put("span", other[j]); i++; j++; }
      else if (j >= other.length || (i < one.length && common[i + 1][j] >= common[i][j + 1])) { put("del", one[i]); i++; differ = true; }
      else { put("ins", other[j]); j++; differ = true; }
    }
    if (before === after) put("span", before ? " (the same)" : "(both empty)");
    else if (!differ && Math.max(one.length, other.length) < 600) put("span", " (only blanks differ)");
  };

  const pagePairs = (root) => {
    const box = root.querySelector("[data-pair-pager]");
    if (!box) return;
    const pairs = [...root.querySelectorAll("[data-pair]")];
    let at = 0;
    const show = pager(box, (step) => {
      at += step;
      render();
    });
    const render = () => {
      pairs.forEach((pair, position) => {
        pair.classList.toggle("shown", position === at);
        pair.open = position === at;
      });
      show(`${at + 1} of ${pairs.length}`, at === 0, at === pairs.length - 1);
    };
    root.setAttribute("data-paged", "");
    render();
  };

  const copyByHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = button.dataset.copy;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        copyByHand(text);
      }
      button.textContent = "copied";
      setTimeout(() => { button.textContent = words; }, 1600);
    });
  }
  for (const root of document.querySelectorAll("[data-pairs]")) pagePairs(root);
  const tables = [...document.querySelectorAll("[data-samples]")].map(pageSamples);

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea, button");
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    const shown = tables.find((one) => !one.root.closest("details.one:not([open])"));
    if (shown && shown.keys[event.key]) { event.preventDefault(); shown.keys[event.key](); }
  });

  const reveal = () => {
    if (location.hash.startsWith("#sample-")) {
      let id = location.hash.slice(8);
      try { id = decodeURIComponent(id); } catch { /* it is no encoded name: taken as it stands */ }
      for (const one of tables) {
        const run = one.root.closest("details.one");
        if (!one.open(id)) continue;
        if (run) run.open = true;
        return;
      }
    }
    const found = location.hash && document.getElementById(location.hash.slice(1));
    const run = found && found.closest("details.one");
    if (run) { run.open = true; found.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();
