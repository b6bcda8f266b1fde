"use strict";
// Draws one series with Observable Plot. A series is what report/series.py makes: the first day,
// a value for each day or null, and a letter for each day that says how sure it is.

const DAY = 86_400_000;
const STATES = {
  c: "complete",
  p: "partial",
  n: "not yet known",
  l: "lost",
  "-": "nothing expected",
};

function daysOf(series) {
  const first = Date.parse(series.first);
  return [...series.states].map((state, index) => ({
    day: new Date(first + index * DAY),
    state,
    count: series.count[index],
    uniques: series.uniques?.[index] ?? null,
    known: series.known?.[index] ?? null,
    expected: series.expected?.[index] ?? null,
  }));
}

function isoDay(day) {
  return day.toISOString().slice(0, 10);
}

function shown(number) {
  return number === null ? "" : number.toLocaleString("en");
}

// Runs of consecutive days for which `wanted` holds, as [first, last] of indices.
function runs(days, wanted) {
  const found = [];
  days.forEach((day, index) => {
    if (!wanted(day)) return;
    const last = found.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else found.push([index, index]);
  });
  return found;
}

// A band over each run of unknown days, from noon to noon of the days around it.
function gapMarks(days) {
  return [["l", "lost"], ["n", "waiting"]].map(([state, pattern]) =>
    Plot.rect(runs(days, (day) => day.state === state), {
      x1: ([first]) => new Date(+days[first].day - DAY / 2),
      x2: ([, last]) => new Date(+days[last].day + DAY / 2),
      fill: `url(#${pattern})`,
    }));
}

// The line of one value: solid between complete days, dashed to and from partial ones, whose
// points are hollow; broken where nothing is known.
function lineMarks(days, { value, color, width }) {
  const known = (day) => day[value] !== null;
  const solid = runs(days, (day) => known(day) && day.state === "c");
  const dashed = days.slice(1)
    .map((day, index) => [days[index], day])
    .filter((pair) => pair.every(known) && pair.some((day) => day.state === "p"));
  const dots = days.length <= 62 ? [] : solid.filter(([first, last]) => first === last);
  const complete = days.length <= 62
    ? days.filter((day) => known(day) && day.state === "c")
    : dots.map(([first]) => days[first]);
  return [
    ...solid.map(([first, last]) =>
      Plot.lineY(days.slice(first, last + 1), { x: "day", y: value, stroke: color, strokeWidth: width })),
    Plot.link(dashed, {
      x1: ([from]) => from.day, y1: ([from]) => from[value],
      x2: ([, to]) => to.day, y2: ([, to]) => to[value],
      stroke: color, strokeWidth: width, strokeDasharray: "2 3",
    }),
    Plot.dotY(complete, { x: "day", y: value, fill: color, r: 1.3 + width / 2 }),
    Plot.dotY(days.filter((day) => known(day) && day.state === "p"), {
      x: "day", y: value, fill: "var(--surface)", stroke: color, r: 2.5, strokeWidth: 1.3,
    }),
  ];
}

const EVENTS = {
  event: { color: "var(--event)", dashes: "6 2" },
  release: { color: "var(--release)", dashes: "2 2" },
};

// A rule for each event; of texts that would lie on each other only the first given is drawn.
function eventMarks(events, domain, width) {
  const room = (14 * (domain[1] - domain[0])) / width;
  const labelled = [];
  for (const event of events) {
    if (labelled.every((other) => Math.abs(event.day - other.day) >= room)) labelled.push(event);
  }
  return Object.entries(EVENTS).flatMap(([kind, { color, dashes }]) => {
    const mine = (event) => event.kind === kind;
    if (!events.some(mine)) return [];
    return [
      Plot.ruleX(events.filter(mine), { x: "day", stroke: color, strokeDasharray: dashes }),
      Plot.text(labelled.filter(mine), {
        x: "day", frameAnchor: "top", rotate: -90, textAnchor: "end", lineAnchor: "bottom", dx: -3, text: "label",
        fill: color, stroke: "var(--surface)", strokeWidth: 4,
      }),
    ];
  });
}

function tipText(day, lines) {
  const told = lines
    .filter((line) => day[line.value] !== null)
    .map((line) => `${line.title}: ${shown(day[line.value])}`);
  const of = day.expected === null ? "" : ` (${shown(day.known)} of ${shown(day.expected)} repositories)`;
  return [isoDay(day.day), ...told, STATES[day.state] + of].join("\n");
}

// Days have no hours: a plot of few days has a tick for each, not for their noons.
function dayTicks([first, last], width) {
  const room = Math.max(2, Math.floor(width / 110));
  return (last - first) / DAY <= room ? "day" : room;
}

// Room for the numbers beside the axis, 7 pixels for each of their characters.
function axisWidth(greatest) {
  return Math.max(48, 18 + 7 * shown(Math.ceil(greatest)).length);
}

function drawPlot({ days, lines, events, domain, width, zero, name, description }) {
  const known = days.filter((day) => day.count !== null);
  const counts = known.map((day) => day.count);
  // One level alone spans no axis.
  const flat = !zero && Math.min(...counts) === Math.max(...counts);
  return Plot.plot({
    width,
    height: width < 500 ? 220 : 280,
    marginLeft: axisWidth(Math.max(0, ...counts)),
    marginRight: 12,
    marginTop: 12,
    ariaLabel: name,
    ariaDescription: description,
    style: { fontSize: "12px", background: "transparent", color: "inherit", overflow: "visible" },
    x: { type: "utc", domain, label: null, ticks: dayTicks(domain, width) },
    y: {
      ...(flat ? { domain: [counts[0] - 1, counts[0] + 1] } : { zero, nice: true }),
      grid: true, label: null, ticks: flat ? 3 : 5,
      tickFormat: (value) => (Number.isInteger(value) ? value.toLocaleString("en") : ""),
    },
    marks: [
      ...gapMarks(days),
      ...lines.flatMap((line) => lineMarks(days, line)),
      ...eventMarks(events, domain, width - 60),
      Plot.tip(known, Plot.pointerX({
        x: "day", y: "count", title: (day) => tipText(day, lines), fill: "var(--raised)",
      })),
    ],
  });
}
