import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { classCounts, datasetFromCsv, readCsv, readDigits, regressionFromCsv } from "../../src/data/index.js";
import { isForetrainError } from "../../src/errors.js";
import { hasSharedData, SHARED_DATA } from "./support/shared.js";

function message(body: () => unknown, code: "ERR_DATA" | "ERR_SPEC" = "ERR_DATA"): string {
  try {
    body();
  } catch (error) {
    if (isForetrainError(error, code)) return error.message;
    throw error;
  }
  throw new Error(`expected ${code}`);
}
const rows = (table: ReturnType<typeof readCsv>) => {
  const [n, d] = table.samples.x.shape as readonly [number, number];
  return Array.from({ length: n }, (_, i) => Array.from(table.samples.x.data.subarray(i * d, (i + 1) * d)));
};

describe("readCsv", () => {
  test("without a header: the last column is the label, integers sorted by value", () => {
    const table = readCsv("1,2.5,10\n-3,4e-2,2\n0,0,10\n", "f.csv");
    expect(rows(table)).toEqual([
      [1, 2.5],
      [-3, 0.04],
      [0, 0],
    ]);
    expect(table.classNames).toEqual(["2", "10"]);
    expect([...table.samples.y]).toEqual([1, 0, 1]);
    expect(table.columns).toEqual(["x0", "x1"]);
  });

  test("a header of names is found, and its label column by name", () => {
    const table = readCsv('class,"petal, width",length\nb,1,2\na,3,4\nb,5,6\n', "f.csv");
    expect(table.columns).toEqual(["petal, width", "length"]);
    expect(table.classNames).toEqual(["a", "b"]);
    expect([...table.samples.y]).toEqual([1, 0, 1]);
    expect(rows(table)[1]).toEqual([3, 4]);
  });

  test("one name above numbers is enough for a header; texts in the label column are none", () => {
    expect(readCsv("0,1,kind\n5,6,1\n7,8,2\n5,5,1\n", "f.csv").samples.y).toHaveLength(3);
    expect(readCsv("5.1,3.5,setosa\n4.9,3,setosa\n6,2,virginica\n", "f.csv").samples.y).toHaveLength(3);
  });

  test("without a usual name, the only column of texts is the label", () => {
    const table = readCsv("species,a,b\nu,1,2\nv,3,4\nu,5,6\n", "f.csv");
    expect(table.columns).toEqual(["a", "b"]);
    expect(table.classNames).toEqual(["u", "v"]);
    expect(readCsv("a,species,target\n1,u,0\n2,v,1\n3,u,0\n", "f.csv", { label: 1 }).columns).toEqual([
      "a",
      "target",
    ]);
  });

  test("the label column by name, index, and index from the end", () => {
    const text = "a,b,c\n0,5,6\n1,7,8\n0,9,9\n";
    for (const label of ["a", 0, -3, "0", "-3"]) {
      const table = readCsv(text, "f.csv", { label });
      expect(table.columns).toEqual(["b", "c"]);
      expect([...table.samples.y]).toEqual([0, 1, 0]);
    }
    expect(message(() => readCsv(text, "f.csv", { label: "z" }), "ERR_SPEC")).toMatch(
      /no column "z".*its columns are a, b, c/,
    );
    expect(message(() => readCsv(text, "f.csv", { label: 3 }), "ERR_SPEC")).toMatch(/-3 to 2/);
  });

  test("line ends of all systems, a byte order mark, blank lines and spaces do not matter", () => {
    const expected = rows(readCsv("x,label\n1,a\n2,b\n3,a\n", "f.csv"));
    for (const text of [
      "x,label\r\n1,a\r\n2,b\r\n3,a",
      "\uFEFFx,label\n1,a\n\n2,b\n3,a\n\n",
      "x , label\n 1 , a\n 2, b \n3,a\n",
    ]) {
      const table = readCsv(text, "f.csv");
      expect(rows(table)).toEqual(expected);
      expect(table.classNames).toEqual(["a", "b"]);
      expect(table.columns).toEqual(["x"]);
    }
  });

  test.each([
    ["nan", "x,y\n1,0\nNaN,1\n2,0\n", /line 3, column 1 \(x\) is "NaN"/],
    ["infinity", "1,0\ninf,1\n2,0\n", /line 2, column 1 is "inf"/],
    ["a missing value", "x,y\n1,0\n,1\n2,0\n", /line 3, column 1 \(x\) is ""/],
    ["a text among numbers", "x,y\n1,0\nred,1\n2,0\n", /line 3, column 1 \(x\) is "red".*encode categories/],
    ["a short line", "1,2,0\n1,2\n3,4,1\n", /line 2 has 2 columns, expected 3/],
    ["a missing label", "1,2,0\n1,2,\n3,4,1\n", /line 2 has no label/],
    ["one class", "1,0\n2,0\n3,0\n", /all 3 labels are 0.*two classes/],
    ["a regression target", "1,0.5\n2,0\n3,0\n", /label of line 1 is 0\.5/],
    ["labels that never repeat", "1,3\n2,4\n3,5\n", /all 3 labels are different/],
    ["one column", "1\n2\n", /1 column/],
    ["nothing", "", /0 filled lines/],
    ["a web page", "<html>\n<body>not found</body>\n", /./],
  ])("%s is an error with its place", (_, text, pattern) => {
    const text_ = message(() => readCsv(text, "f.csv"));
    expect(text_).toMatch(/^f\.csv: /);
    expect(text_).toMatch(pattern);
  });

  test.skipIf(!hasSharedData).each([
    ["iris", [50, 50, 50], ["setosa", "versicolor", "virginica"], 4],
    ["wine_data", [59, 71, 48], ["class_0", "class_1", "class_2"], 13],
    ["breast_cancer", [212, 357], ["malignant", "benign"], 30],
  ] as const)("reads %s with its class names from the first line", (name, counts, classNames, d) => {
    const file = join(SHARED_DATA, "tabular", `${name}.csv`);
    const table = readCsv(readFileSync(file, "utf8"), file);
    expect(classCounts(table.samples.y, counts.length)).toEqual(counts);
    expect(table.classNames).toEqual(classNames);
    expect(table.samples.x.shape[1]).toBe(d);
  });
});

describe("datasetFromCsv", () => {
  const text = Array.from({ length: 50 }, (_, i) => `${i},${i % 2}`).join("\n");

  test("splits by seed: the same seed the same split, every sample in one part", () => {
    const set = datasetFromCsv(text, "f.csv");
    expect([set.train.y.length, set.test.y.length]).toEqual([40, 10]);
    expect([...set.train.x.data, ...set.test.x.data].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    );
    expect(datasetFromCsv(text, "f.csv")).toEqual(set);
    expect(datasetFromCsv(text, "f.csv", { splitSeed: 1 }).test).not.toEqual(set.test);
    expect(datasetFromCsv(text, "f.csv", { testFraction: 0.5 }).test.y).toHaveLength(25);
  });
});

describe("readDigits", () => {
  const line = (label: number, value = 16) => `${Array(64).fill(value).join(",")},${label}`;

  test("gives bytes of 8 x 8 and the digit itself, even when not all digits occur", () => {
    const { x, y } = readDigits(`${line(7)}\n${line(3, 0)}\n${line(7)}\n`, "d.csv");
    expect(x.shape).toEqual([3, 8, 8, 1]);
    expect(x.data).toBeInstanceOf(Uint8Array);
    expect([...y]).toEqual([7, 3, 7]);
  });

  test("refuses other grey values, widths and labels", () => {
    expect(message(() => readDigits(`${line(1, 17)}\n${line(2)}\n${line(2)}`, "d"))).toMatch(
      /sample 0 is 17.*0 to 16/,
    );
    expect(message(() => readDigits("1,2,3\n1,2,4\n1,2,3", "d"))).toMatch(/has 2 features/);
    expect(message(() => readDigits(`${line(11)}\n${line(2)}\n${line(2)}`, "d"))).toMatch(/label 11/);
  });
});

describe("regressionFromCsv", () => {
  const text = `a,b,y\n${Array.from({ length: 10 }, (_, i) => `${i},${i * i},${i + 0.5}`).join("\n")}\n`;

  test("real numbers are targets, split as labels are", () => {
    const { train, test: held } = regressionFromCsv(text, "r.csv")!;
    expect([train.x.shape, train.y.shape, held.x.shape, held.y.shape]).toEqual([
      [8, 2],
      [8, 1],
      [2, 2],
      [2, 1],
    ]);
    for (const { x, y } of [train, held]) {
      expect(Array.from(y.data)).toEqual(Array.from(y.data, (_, i) => x.data[2 * i]! + 0.5));
    }
    const set = datasetFromCsv(
      text.replace(/\d\.5$/gm, (y) => String(Math.floor(Number(y)) % 2)),
      "r.csv",
    );
    expect(Array.from(set.test.x.data)).toEqual(Array.from(held.x.data));
  });

  test("integers and names are classes, and what is not finite is an error with its line", () => {
    expect(regressionFromCsv(text.replaceAll(".5", ""), "r.csv")).toBeNull();
    expect(regressionFromCsv("1,2,one\n3,4,two\n", "r.csv")).toBeNull();
    const wrong = () => regressionFromCsv(text.replace("3.5", "nan"), "r.csv");
    expect(message(wrong)).toMatch(/r\.csv: column 3.*target of line 5 is nan/);
  });
});
