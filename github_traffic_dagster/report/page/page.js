"use strict";
// The page: which repository is shown, its plots, their legends and tables; the list's search.
{
  document.documentElement.classList.add("scripted");
  const data = JSON.parse(document.getElementById("data").textContent);
  const chooser = document.getElementById("repository");
  const figures = [...document.querySelectorAll("figure")];
  const LONGEST_LABEL = 28;

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function linesOf(figure, days) {
    const unit = figure.dataset.unit;
    const lines = [{ value: "count", title: unit, color: "var(--count)", width: 1.8 }];
    if (days.some((day) => day.uniques !== null)) {
      const title = figure.id === "views" ? "unique visitors" : "unique cloners";
      lines.push({ value: "uniques", title, color: "var(--uniques)", width: 1.1 });
    }
    return lines;
  }

  // Events of the chosen repository, or of all of them, and then its releases, within the days shown.
  function eventsOf(chosen, [first, last]) {
    const all = [
      ...data.events.map((event) => ({ ...event, kind: "event" })),
      ...chosen.releases.map((release) => ({ ...release, kind: "release", repository: chosen.name })),
    ].map((event) => ({ ...event, day: new Date(event.day) }));
    const mine = all.filter((event) => event.day >= first && event.day <= last && (
      chosen.together || !event.repository
      || event.repository.toLowerCase() === chosen.name.toLowerCase()));
    return mine.map((event) => {
      const whole = chosen.together && event.repository
        ? `${event.repository.split("/")[1]}: ${event.text}` : event.text;
      const label = whole.length > LONGEST_LABEL ? `${whole.slice(0, LONGEST_LABEL - 1)}…` : whole;
      return { ...event, label };
    });
  }

  function domainOf(chosen) {
    const all = Object.values(chosen.series).map(daysOf);
    return [
      Math.min(...all.map((days) => +days[0].day)) - DAY / 2,
      Math.max(...all.map((days) => +days.at(-1).day)) + DAY / 2,
    ];
  }

  function number(days, state) {
    return days.filter((day) => day.state === state).length;
  }

  // The plot in words, for those who don't see it.
  function told(figure, series, days) {
    const known = days.filter((day) => day.count !== null);
    const span = `${isoDay(days[0].day)} to ${isoDay(days.at(-1).day)}`;
    if (!known.length) return `${span}: nothing is known.`;
    const unit = figure.dataset.unit;
    const unsure = [["p", "partial"], ["n", "not yet known"], ["l", "lost"]]
      .filter(([state]) => number(days, state))
      .map(([state, word]) => `${word} ${shown(number(days, state))}`);
    const sureness = unsure.length ? `; days ${unsure.join(", ")}` : "";
    if (!data.counted.includes(figure.id)) {
      return `${span}: from ${shown(known[0].count)} to ${shown(known.at(-1).count)} ${unit}${sureness}.`;
    }
    const total = known.reduce((sum, day) => sum + day.count, 0);
    const most = known.reduce((best, day) => (day.count > best.count ? day : best));
    return `${span}: ${shown(total)}${series.short ? "+" : ""} ${unit}, most on `
      + `${isoDay(most.day)} (${shown(most.count)})${sureness}.`;
  }

  const SVG = "http://www.w3.org/2000/svg";

  function swatch(draw) {
    const svg = document.createElementNS(SVG, "svg");
    for (const [key, value] of [["width", 26], ["height", 14], ["aria-hidden", "true"]]) {
      svg.setAttribute(key, value);
    }
    for (const [name, attributes] of draw) {
      const part = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
      svg.append(part);
    }
    return svg;
  }

  function legend(lines, days, marked) {
    const line = (color, more = {}) => ["path", { d: "M0 7H26", stroke: color, "stroke-width": 2, ...more }];
    const items = lines.map(({ title, color, width }) => [title, [line(color, { "stroke-width": width + 0.4 })]]);
    const has = (state) => number(days, state) > 0;
    if (has("p")) {
      const what = lines.length > 1 || days[0].expected === null
        ? "partial: may still grow, or never settled" : "partial: some repositories are not known for sure";
      items.push([what, [
        line("var(--count)", { "stroke-dasharray": "2 3" }),
        ["circle", { cx: 13, cy: 7, r: 3.5, fill: "var(--surface)", stroke: "var(--count)", "stroke-width": 1.4 }],
      ]]);
    }
    const band = (pattern) => [["rect", { width: 26, height: 14, fill: `url(#${pattern})` }]];
    if (has("l")) items.push(["lost: nobody looked in time", band("lost")]);
    if (has("n")) items.push(["not yet known", band("waiting")]);
    for (const [kind, { color, dashes }] of Object.entries(EVENTS)) {
      if (!marked.some((event) => event.kind === kind)) continue;
      items.push([kind, [["path", { d: "M13 0V14", stroke: color, "stroke-width": 2, "stroke-dasharray": dashes }]]]);
    }
    return items.map(([text, draw]) => {
      const item = element("li");
      item.append(swatch(draw), text);
      return item;
    });
  }

  function fillTable(table, name, days, lines) {
    const sums = days[0].expected !== null;
    const titles = ["Day", ...lines.map((line) => line.title), ...(sums ? ["repositories known"] : []), "state"];
    const head = element("tr");
    titles.forEach((title, index) => head.append(element("th", title, {
      scope: "col", ...(index && index < titles.length - 1 ? { class: "number" } : {}),
    })));
    const body = element("tbody");
    for (const day of days) {
      const row = element("tr");
      row.append(element("th", isoDay(day.day), { scope: "row" }));
      for (const { value } of lines) row.append(element("td", shown(day[value]), { class: "number" }));
      if (sums) {
        row.append(element("td", `${shown(day.known ?? 0)} of ${shown(day.expected)}`, { class: "number" }));
      }
      row.append(element("td", STATES[day.state]));
      body.append(row);
    }
    const top = element("thead");
    top.append(head);
    table.replaceChildren(element("caption", name), top, body);
  }

  function draw(figure) {
    const chosen = data.plotted[chooser.value];
    const series = chosen.series[figure.id];
    const name = `${figure.querySelector("h3").textContent} of ${chosen.name}`;
    const plot = figure.querySelector(".plot");
    const details = figure.querySelector("details");
    const words = figure.querySelector(".told");
    details.hidden = !series;
    // Only some repositories have releases, and those of all are not added up.
    figure.hidden = figure.id === "downloads" && !series;
    if (!series) {
      words.textContent = "Nothing is known.";
      plot.replaceChildren();
      figure.querySelector(".legend").replaceChildren();
      return;
    }
    const days = daysOf(series);
    const domain = domainOf(chosen);
    const lines = linesOf(figure, days);
    const marked = eventsOf(chosen, domain);
    const description = told(figure, series, days);
    words.textContent = description;
    const svg = drawPlot({
      days, lines, events: marked, domain, width: plot.clientWidth || 640,
      zero: data.counted.includes(figure.id), name, description,
    });
    svg.setAttribute("role", "img");
    // An image has no parts to name: Plot's names of its marks are of use to tests alone.
    for (const mark of svg.querySelectorAll("[aria-label]")) {
      mark.dataset.mark = mark.getAttribute("aria-label");
      mark.removeAttribute("aria-label");
    }
    plot.replaceChildren(svg);
    figure.querySelector(".legend").replaceChildren(...legend(lines, days, marked));
    const table = figure.querySelector("table");
    if (details.open) fillTable(table, name, days, lines);
    else table.replaceChildren();
  }

  function drawAll() {
    figures.forEach(draw);
  }

  // What GitHub showed of the chosen repository alone.
  function showLists() {
    const chosen = data.plotted[chooser.value];
    const articles = [...document.querySelectorAll("article[data-name]")];
    for (const article of articles) article.hidden = article.dataset.name !== chosen.name;
    const otherwise = document.getElementById("nothing-shown");
    if (!otherwise) return;
    otherwise.hidden = articles.some((article) => !article.hidden);
    otherwise.textContent = chosen.together
      ? "Choose a repository above to see its own." : `None are known of ${chosen.name}.`;
  }

  chooser.addEventListener("change", () => {
    drawAll();
    showLists();
    document.getElementById("chosen").textContent = `Showing ${data.plotted[chooser.value].name}`;
  });
  document.getElementById("choice").addEventListener("submit", (event) => event.preventDefault());
  figures.forEach((figure) => figure.querySelector("details").addEventListener("toggle", () => draw(figure)));

  let width = 0;
  new ResizeObserver(() => {
    if (document.body.clientWidth === width) return;
    width = document.body.clientWidth;
    drawAll();
  }).observe(document.body);

  // The list of repositories: its first rows are there, the others are made on demand, for a
  // browser takes a minute to lay out fifty thousand of them.
  const list = document.getElementById("repositories");
  const more = document.getElementById("more");
  const wanted = document.getElementById("wanted");
  const there = [...list.tBodies[0].rows];
  const others = data.others;
  const found = list.createTBody();
  let unshown = 0;

  function rowOf([name, tags, ...cells]) {
    const row = element("tr");
    const head = element("th", name, { scope: "row" });
    for (const tag of tags) head.append(" ", element("span", tag, { class: "tag" }));
    row.append(head, ...cells.map((cell) => (typeof cell === "string" && /^\d{4}-/.test(cell)
      ? element("td", cell)
      : element("td", typeof cell === "number" ? shown(cell) : cell ?? "", { class: "number" }))));
    return row;
  }

  function showMore() {
    const next = others.slice(unshown, unshown + data.chunk);
    const body = list.createTBody();
    body.append(...next.map(rowOf));
    list.insertBefore(body, found);
    unshown += next.length;
    more.hidden = unshown >= others.length;
    return body;
  }

  function search() {
    const text = wanted.value.trim().toLowerCase();
    const matches = (name) => name.toLowerCase().includes(text);
    for (const body of list.tBodies) body.hidden = Boolean(text) && body !== found;
    more.hidden = Boolean(text) || unshown >= others.length;
    found.replaceChildren();
    document.getElementById("found").textContent = "";
    if (!text) return;
    const first = there.filter((row) => matches(row.cells[0].firstChild.data));
    const rest = others.filter(([name]) => matches(name));
    found.append(...first.map((row) => row.cloneNode(true)), ...rest.slice(0, data.chunk).map(rowOf));
    const count = first.length + rest.length;
    const cut = rest.length > data.chunk ? `, ${shown(first.length + data.chunk)} shown` : "";
    document.getElementById("found").textContent = `${shown(count)} found${cut}`;
  }

  wanted.addEventListener("input", search);
  document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => {
    const head = showMore().rows[0].cells[0];
    head.tabIndex = -1;
    head.focus();
  });
  search();
  showLists();
}
