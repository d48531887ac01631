import { describe, expect, test } from "vitest";
import { darkTheme, themeProperties } from "../../src/figures/index.js";
import type { Forecast } from "../../src/forecast/forecast.js";
import { html, raw } from "../../src/report/html.js";
import { figureFiles, type ReportData, renderReport, reportFigures } from "../../src/report/index.js";
import { durationText, mathText, number } from "../../src/report/inline.js";
import { spectrumRows, tableRows } from "../../src/report/tables.js";
import { descendants, parseXml, textOf } from "../figures/xml.js";
import { sampleForecast } from "./sample-forecast.js";

const forecast = sampleForecast({ resolution: 13, samples: 120 });
const page = renderReport(forecast);

const VOID = new Set(["meta", "br", "hr", "img", "link", "input"]);

/** The page as XML: its doctype dropped, void elements closed, so that the strict reader checks all nesting. */
function parsePage(text: string) {
  const body = text
    .replace(/^<!DOCTYPE html>\n/, "")
    .replace(/<style>[\s\S]*?<\/style>/g, "<style/>")
    .replace(/<(\w+)((?:\s[^<>]*)?)>/g, (tag, name: string, rest: string) =>
      VOID.has(name) && !rest.endsWith("/") ? `<${name}${rest}/>` : tag,
    );
  return parseXml(body.trim());
}

const elements = (text: string) => descendants(parsePage(text));
const ids = (text: string) => elements(text).flatMap((element) => element.attributes["id"] ?? []);

describe("renderReport", () => {
  test("is one well-formed page whose ids are unique and whose links and labels all lead somewhere", () => {
    const all = elements(page);
    const known = ids(page);
    expect(new Set(known).size).toBe(known.length);
    for (const element of all) {
      const href = element.attributes["href"];
      if (href?.startsWith("#")) expect(known).toContain(href.slice(1));
      for (const id of element.attributes["aria-labelledby"]?.split(" ") ?? []) expect(known).toContain(id);
    }
    for (const reference of page.matchAll(/url\(#([^)]+)\)/g)) expect(known).toContain(reference[1]);
  });

  test("needs nothing else: no script, no outside image, style or font, and a policy that forbids them", () => {
    const all = elements(page);
    expect(
      all.filter((element) => ["script", "link", "iframe", "img", "object", "embed"].includes(element.name)),
    ).toEqual([]);
    for (const element of all) {
      for (const name of ["src", "srcset", "action", "data"])
        expect(element.attributes[name]).toBeUndefined();
      if (element.name === "image") expect(element.attributes["href"]).toMatch(/^data:image\/png;base64,/);
    }
    expect(page).not.toMatch(/@import|@font-face|url\((?!#)/);
    const policy = all.find((element) => element.attributes["http-equiv"] === "Content-Security-Policy")!;
    expect(policy.attributes["content"]).toContain("default-src 'none'");
  });

  test("has one title, headings without gaps in level, and every section in the navigation", () => {
    const all = elements(page);
    const levels = all.flatMap((element) => /^h(\d)$/.exec(element.name)?.[1] ?? []).map(Number);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    levels.forEach((level, i) => {
      if (i > 0) expect(level - levels[i - 1]!).toBeLessThanOrEqual(1);
    });
    const nav = all.find((element) => element.name === "nav")!;
    const links = descendants(nav).filter((element) => element.name === "a");
    expect(links.map(textOf)).toEqual([
      "Network and data",
      "Phase",
      "Signal through depth",
      "Kernel spectrum",
      "Predicted training",
      "What depth would do",
      "Limits of training",
      "What the widths change",
      "Advice",
      "Numerical conditioning",
      "References",
      "How to reproduce",
    ]);
  });

  test("says the verdict, its reasons, the advice and the warnings, with symbols set", () => {
    const text = textOf(parsePage(page));
    expect(text).toContain(forecast.verdict.sentence);
    expect(text).toContain("Verdict: Trains and generalizes");
    expect(text).toContain("learning rate 0.403 against a stability limit of 0.806 (2 n / λmax)");
    expect(text).toContain("σw2 = 1.5 instead of 1.75");
    expect(text).toContain("(+0.5 points)");
    expect(text).toContain(forecast.warnings[0]);
    expect(text).toContain("1 warning on this forecast");
    expect(text).toContain(forecast.reproduce.command);
    expect(text).toContain("@inproceedings{xiao2020disentangling");
    expect(text).not.toMatch(/NaN|undefined|\[object|\bnull\b/);
  });

  test("shows each figure in two widths with a caption that defines it and a table of its numbers", () => {
    const figures = elements(page).filter((element) => element.name === "figure");
    expect(figures).toHaveLength(5);
    figures.forEach((figure, i) => {
      const inside = descendants(figure);
      expect(inside.filter((element) => element.name === "svg")).toHaveLength(2);
      expect(textOf(inside.find((element) => element.name === "figcaption")!)).toMatch(
        new RegExp(`^Figure ${i + 1}\\. .{80}`, "s"),
      );
      const table = inside.find((element) => element.name === "table")!;
      const columns = descendants(table).filter(
        (e) => e.name === "th" && e.attributes["scope"] === "col",
      ).length;
      const rows = descendants(table).filter((e) => e.name === "tr");
      expect(rows.length).toBeGreaterThan(4);
      for (const row of rows) expect(row.children.filter((c) => typeof c !== "string")).toHaveLength(columns);
    });
  });

  test("carries the style of figures once and both themes", () => {
    expect(page.match(/\.ft-figure text\{/g)).toHaveLength(1);
    expect(page).toContain(themeProperties(darkTheme));
    expect(page).toContain("prefers-color-scheme:dark");
    expect(page).toContain("@media print");
  });

  test("escapes every text of the data", () => {
    const hostile = `</style><script>alert("x")</script>&'`;
    const poisoned = JSON.parse(
      JSON.stringify(forecast, (key, value: unknown) =>
        typeof value === "string" &&
        !["kind", "phase", "optimizer"].includes(key) &&
        !/^[A-E]$|^[a-z]+\d{4}\w+$/.test(value)
          ? `${value} ${hostile}`
          : value,
      ),
    ) as ReportData;
    const text = renderReport(poisoned);
    expect(text).not.toContain("<script");
    expect(text.match(/<\/style>/g)).toHaveLength(1);
    expect(textOf(parsePage(text))).toContain(`Four erf layers on MNIST (sample) ${hostile}`);
    expect(textOf(parsePage(text))).toContain(`mnist ${hostile}: 120 train`);
  });

  test("gives the same bytes for the same data", () => {
    expect(renderReport(sampleForecast({ resolution: 13, samples: 120 }))).toBe(page);
  });

  test("says what is missing when a network has no phase, no signal and no depth sweep", () => {
    const bare: ReportData = {
      ...forecast,
      meanField: null,
      phaseDiagram: null,
      signal: null,
      depthSweep: null,
      advice: [],
      warnings: [],
      references: [],
    };
    const text = renderReport(bare);
    expect(elements(text).filter((element) => element.name === "figure")).toHaveLength(2);
    const words = textOf(parsePage(text));
    expect(words).toContain("no reading by one variance and one correlation per layer");
    expect(words).toContain("Nothing repeats in this network");
    expect(words).toContain("Figure 2.");
    expect(words).not.toContain("Figure 3.");
    expect(words).not.toMatch(/NaN|undefined|\bnull\b/);
  });

  test("reads networks of any layers by the part that repeats", () => {
    const unit: ReportData["unit"] = {
      path: "layers[1]",
      phase: "chaotic",
      times: 6,
      layers: ["residual <block>"],
      status: "sub-exponentially chaotic",
      chi1: null,
      qStar: null,
      cStar: 1,
      xi1: 12.5,
      xiC: null,
      xiStar: null,
      growth: { law: "linear", rate: 0.5 },
      critical: { status: "found", weightVariance: null, factor: 0.75, note: null },
      note: null,
    };
    const words = textOf(parsePage(renderReport({ ...forecast, meanField: null, phaseDiagram: null, unit })));
    expect(words).toContain("residual <block>");
    expect(words).toContain("6 times in a row");
    expect(words).toContain("sub-exponentially chaotic");
    expect(words).toContain("grows by 0.5 per repetition");
    expect(words).toContain("ξ1 = 12.5 repetitions");
    expect(words).toContain("weight variances 0.75 times as large");
    expect(words).not.toMatch(/NaN|undefined|\bnull\b/);
  });

  test("lengths at the declared widths are a band around the variance, with the widths in words", () => {
    const { layer } = forecast.signal!;
    const lengths = {
      width: layer.map((_, l) => (l === 0 ? 64 : 512)),
      q: forecast.signal!.q,
      standardDeviation: layer.map(() => 0.1),
    };
    const text = renderReport({ ...forecast, lengths });
    expect(textOf(parsePage(text))).toContain("95 % of networks of the declared widths (widths 64 to 512)");
    expect(text).toContain("± 2 deviations");
    expect(page).not.toContain("± 2 deviations");
  });

  test("gives the critical variance where an activation has a line only", () => {
    const relu: ReportData = {
      ...forecast,
      phaseDiagram: null,
      meanField: { ...forecast.meanField!, activation: "relu", criticalWeightVariance: 2 },
    };
    expect(textOf(parsePage(renderReport(relu)))).toContain("it is critical at σw2 = 2.");
  });

  test.each<[Forecast["verdict"]["kind"], string]>([
    ["trains-and-generalizes", "tone-good"],
    ["memorizes-only", "tone-warn"],
    ["will-not-train", "tone-bad"],
    ["diverges", "tone-bad"],
  ])("colours the verdict %s and names it in words", (kind, tone) => {
    const text = renderReport({ ...forecast, verdict: { ...forecast.verdict, kind } });
    expect(text).toContain(`class="verdict ${tone}"`);
    expect(text).toMatch(/Verdict: \w+/);
  });

  test("gives no accuracy of training that diverges", () => {
    const verdict = { ...forecast.verdict, kind: "diverges" as const };
    const { curves } = forecast;
    const median = curves.train.loss.median.map((value, i) => (i > 9 ? Number.POSITIVE_INFINITY : value));
    const train = { ...curves.train, loss: { ...curves.train.loss, median } };
    const words = textOf(parsePage(renderReport({ ...forecast, verdict, curves: { ...curves, train } })));
    expect(words).toContain("∞");
    expect(words).toContain("Accuracynonetraining diverges");
    expect(words).toContain("the curves end where the loss is 10,000 times its initial value");
  });

  test("names the depth scales that there are", () => {
    const { meanField } = forecast;
    const critical = { ...meanField!, xi1: null, xiC: null, xiStar: null };
    expect(textOf(parsePage(renderReport({ ...forecast, meanField: critical })))).toContain(
      "ξ1, ξc, ξ* infinite or not defined",
    );
    const ordered = { ...meanField!, xi1: 2.5, xiC: 2.5, xiStar: null };
    expect(textOf(parsePage(renderReport({ ...forecast, meanField: ordered })))).toContain(
      "ξ1 = 2.5, ξc = 2.5 layers; ξ* infinite or not defined",
    );
  });

  test("says below the corrections of the widths where their expansion has ended, and nothing where it has not", () => {
    expect(page).not.toContain("Beyond the expansion");
    const { reason, found } = forecast.finiteWidth;
    const ended = { reason, found: { ...found!, caution: "once the loss is <at> 50 %, order 3 is large" } };
    expect(renderReport({ ...forecast, finiteWidth: ended })).toContain(
      "<strong>Beyond the expansion:</strong> once the loss is &lt;at&gt; 50 %, order 3 is large.",
    );
  });

  test("speaks of time where training is a flow", () => {
    const flow: ReportData = {
      ...forecast,
      spec: { ...forecast.spec, training: { ...forecast.spec.training, optimizer: "flow" } },
    };
    const words = textOf(parsePage(renderReport(flow)));
    expect(words).toContain("gradient flow on mean squared error");
    expect(words).toContain("training time (learning rate × steps)");
    expect(words).toContain("212 units of time");
    expect(words).toContain("Largest stable rate");
  });
});

describe("figure files", () => {
  test("are complete stand-alone SVG files, only those that there are", () => {
    const files = figureFiles(reportFigures(forecast));
    expect(Object.keys(files)).toEqual([
      "phase-diagram.svg",
      "signal.svg",
      "spectrum.svg",
      "curves.svg",
      "depth.svg",
    ]);
    for (const text of Object.values(files)) {
      expect(parseXml(text.trim()).attributes["xmlns"]).toBe("http://www.w3.org/2000/svg");
      expect(text).toContain("<style>");
    }
    expect(
      Object.keys(figureFiles(reportFigures({ ...forecast, phaseDiagram: null, depthSweep: null }))),
    ).toEqual(["signal.svg", "spectrum.svg", "curves.svg"]);
  });
});

describe("pieces of the page", () => {
  test("interpolated strings are escaped, markup and lists are joined, nothing is left of null and false", () => {
    expect(
      html`<p title="${'"'}">${"<b>"}${raw("<i>x</i>")}${[html`a`, "&"]}${null}${false}${0}</p>`.markup,
    ).toBe('<p title="&quot;">&lt;b&gt;<i>x</i>a&amp;0</p>');
  });

  test("symbols of the field are set, the same letters inside words are not", () => {
    expect(mathText("kappa of sigma_w^2 < lambda_max, kappas").markup).toBe(
      "<i>κ</i> of <i>σ</i><sub>w</sub><sup>2</sup> &lt; <i>λ</i><sub>max</sub>, kappas",
    );
    expect(mathText("chi_1^-l and l chi_1^l of c_l").markup).toBe(
      "<i>χ</i><sub>1</sub><sup>−<i>l</i></sup> and l <i>χ</i><sub>1</sub><sup><i>l</i></sup> of <i>c</i><sub><i>l</i></sub>",
    );
    expect(mathText("0.9 (+- 0.002) -> xi_c* and 10^-3").markup).toBe(
      "0.9 (± 0.002) → <i>ξ</i><sub>c*</sub> and 10<sup>-3</sup>",
    );
  });

  test("numbers carry their powers as superscripts", () => {
    expect(number(1.5e-9).markup).toBe("1.5×10<sup>−9</sup>");
    expect(number(null, "none").markup).toBe("none");
    expect(durationText(3.21)).toBe("3.2 s");
    expect(durationText(64)).toBe("64 s");
    expect(durationText(600)).toBe("10 min");
  });

  test("tables show the first and the last of a long series", () => {
    expect(tableRows(3)).toEqual([0, 1, 2]);
    expect(tableRows(1000)).toHaveLength(16);
    expect(tableRows(1000)[0]).toBe(0);
    expect(tableRows(1000).at(-1)).toBe(999);
    expect(spectrumRows(120)).toEqual([0, 1, 4, 9, 19, 49, 99, 119]);
  });
});
