import { describe, expect, test } from "vitest";
import { isForetrainError } from "../src/errors.js";
import { bibtex, citation, citationParts, findReference, PAPERS, references } from "../src/references.js";

/** Entries of BibTeX text: type, key, fields; throws on unbalanced braces. */
function parseBibtex(text: string) {
  return text
    .split(/\n(?=@)/)
    .map((entry) => entry.trim())
    .map((entry) => {
      const head = /^@(\w+)\{([\w-]+),\n/.exec(entry);
      if (head === null || !entry.endsWith("\n}")) throw new Error(`no entry: ${entry}`);
      const fields: Record<string, string> = {};
      for (const line of entry.slice(head[0].length, -2).split("\n")) {
        const field = /^ {2}(\w+) *= \{(.*)\},?$/.exec(line);
        if (field === null) throw new Error(`no field: ${line}`);
        let depth = 0;
        for (const character of field[2]!) {
          if (character === "{") depth++;
          if (character === "}") depth--;
          if (depth < 0) throw new Error(`unbalanced: ${line}`);
        }
        if (depth !== 0) throw new Error(`unbalanced: ${line}`);
        fields[field[1]!] = field[2]!;
      }
      return { type: head[1]!, key: head[2]!, fields };
    });
}

describe("references", () => {
  test("are complete BibTeX in ASCII, each with where it appeared", () => {
    const text = bibtex();
    expect(text).toMatch(/^[\n -~]*$/);
    const entries = parseBibtex(text);
    expect(entries.map((entry) => entry.key)).toEqual(Object.keys(references));
    for (const { type, fields } of entries) {
      expect(fields["author"]).toMatch(/^[^,]+, [^,]+( and [^,]+, [^,]+)*$/);
      expect(fields["title"]!.length).toBeGreaterThan(10);
      expect(fields["year"]).toMatch(/^(19|20)\d\d$/);
      const place = { article: "journal", inproceedings: "booktitle", techreport: "institution", misc: null }[
        type
      ];
      if (place) expect(fields[place]).toBeTruthy();
      else expect(fields["eprint"] ?? fields["doi"]).toBeTruthy();
      if (fields["eprint"]) {
        expect(fields["eprint"]).toMatch(/^\d{4}\.\d{5}$/);
        expect(fields["archivePrefix"]).toBe("arXiv");
      }
    }
  });

  test("the letters A to E are the five papers", () => {
    expect(Object.entries(PAPERS).map(([letter, key]) => [letter, references[key].fields])).toMatchObject([
      ["A", { eprint: "1912.08526" }],
      ["B", { eprint: "1912.13053" }],
      ["C", { eprint: "1905.11604" }],
      ["D", { eprint: "1901.02104" }],
      ["E", { eprint: "2011.10487" }],
    ]);
    expect(findReference("B")).toBe(references.xiao2020disentangling);
  });

  test("are printed once each in the order asked for", () => {
    const keys = parseBibtex(bibtex(["jacot2018ntk", "B", "xiao2020disentangling"])).map(
      (entry) => entry.key,
    );
    expect(keys).toEqual(["jacot2018ntk", "xiao2020disentangling"]);
    expect(bibtex([])).toBe("");
  });

  test("accents are LaTeX in BibTeX and letters in citations", () => {
    expect(bibtex(["jacot2018ntk"])).toContain("Hongler, Cl{\\'e}ment");
    expect(citation("jacot2018ntk")).toBe(
      "Arthur Jacot, Franck Gabriel and Clément Hongler (2018). Neural Tangent Kernel: Convergence and Generalization in Neural Networks. Advances in Neural Information Processing Systems 31. arXiv:1806.07572.",
    );
  });

  test("citations shorten long author lists and link to arXiv, else to the DOI, else nowhere", () => {
    expect(citationParts("lee2019wide").text).toMatch(/^Jaehoon Lee et al\. \(2019\)/);
    expect(citationParts("D").link?.href).toBe("https://arxiv.org/abs/1901.02104");
    expect(citationParts("lecun1998mnist").link).toEqual({
      text: "doi:10.1109/5.726791",
      href: "https://doi.org/10.1109/5.726791",
    });
    expect(citationParts("cho2009kernel").link).toBeNull();
    expect(citation("cho2009kernel")).toMatch(/\.$/);
  });

  test.each(["nobody2020", "F", "toString", "__proto__"])(
    "an unknown key (%s) is an error that lists the known ones",
    (key) => {
      let thrown: unknown;
      try {
        bibtex([key]);
      } catch (error) {
        thrown = error;
      }
      expect(isForetrainError(thrown, "ERR_DOMAIN")).toBe(true);
      expect((thrown as Error).message).toContain(`"${key}"`);
      expect((thrown as Error).message).toContain("xiao2020disentangling");
    },
  );
});
