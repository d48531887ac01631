/**
 * The works that the methods rest on, as BibTeX: five papers that this package turns into one system (keys of the
 * source comments: A to E), the theory below them, and the data sets.
 * @module
 */
import { ForetrainError } from "./errors.js";

/** One bibliographic entry. */
export interface Reference {
  /** the BibTeX key, e.g. `xiao2020disentangling` */
  readonly key: string;
  readonly type: "article" | "inproceedings" | "techreport" | "misc";
  /** what this package takes from it */
  readonly about: string;
  /** authors as `Given Family`, in the order of the title page; plain Unicode */
  readonly authors: readonly string[];
  readonly title: string;
  readonly year: number;
  /** further BibTeX fields, in the order of printing */
  readonly fields: Readonly<Record<string, string>>;
}

const NEURIPS = "Advances in Neural Information Processing Systems";
const ICLR = "International Conference on Learning Representations";

/** Every entry, in the order in which a bibliography shows them. */
const ENTRIES = [
  {
    key: "borovykh2019analytic",
    type: "misc",
    about: "Taylor expansion of the output in the weights, noise of SGD (paper A)",
    authors: ["Anastasia Borovykh"],
    title: "Analytic expressions for the output evolution of a deep neural network",
    year: 2019,
    fields: { eprint: "1912.08526", archivePrefix: "arXiv" },
  },
  {
    key: "xiao2020disentangling",
    type: "inproceedings",
    about: "spectrum of the NTK, condition number, mean predictor, their depth asymptotics (paper B)",
    authors: ["Lechao Xiao", "Jeffrey Pennington", "Samuel S. Schoenholz"],
    title: "Disentangling Trainability and Generalization in Deep Neural Networks",
    year: 2020,
    fields: {
      booktitle: "Proceedings of the 37th International Conference on Machine Learning",
      series: "Proceedings of Machine Learning Research",
      volume: "119",
      pages: "10462--10472",
      eprint: "1912.13053",
      archivePrefix: "arXiv",
    },
  },
  {
    key: "nakkiran2019sgd",
    type: "inproceedings",
    about: "how much of the performance a simpler model explains (paper C)",
    authors: [
      "Preetum Nakkiran",
      "Gal Kaplun",
      "Dimitris Kalimeris",
      "Tristan Yang",
      "Benjamin L. Edelman",
      "Fred Zhang",
      "Boaz Barak",
    ],
    title: "{SGD} on Neural Networks Learns Functions of Increasing Complexity",
    year: 2019,
    fields: { booktitle: NEURIPS, volume: "32", eprint: "1905.11604", archivePrefix: "arXiv" },
  },
  {
    key: "long2019effect",
    type: "article",
    about: "length process and length map, permissible activations (paper D)",
    authors: ["Philip M. Long", "Hanie Sedghi"],
    title: "On the Effect of the Activation Function on the Distribution of Hidden Nodes in a Deep Network",
    year: 2019,
    fields: {
      journal: "Neural Computation",
      volume: "31",
      number: "12",
      pages: "2562--2580",
      doi: "10.1162/neco_a_01235",
      eprint: "1901.02104",
      archivePrefix: "arXiv",
    },
  },
  {
    key: "yu2021normalization",
    type: "article",
    about: "normalization exponents and their asymptotic expansion (paper E)",
    authors: ["Jiahui Yu", "Konstantinos Spiliopoulos"],
    title: "Normalization effects on shallow neural networks and related asymptotic expansions",
    year: 2021,
    fields: {
      journal: "Foundations of Data Science",
      volume: "3",
      number: "2",
      pages: "151--200",
      doi: "10.3934/fods.2021013",
      eprint: "2011.10487",
      archivePrefix: "arXiv",
    },
  },
  {
    key: "jacot2018ntk",
    type: "inproceedings",
    about: "the neural tangent kernel",
    authors: ["Arthur Jacot", "Franck Gabriel", "Clément Hongler"],
    title: "Neural Tangent Kernel: Convergence and Generalization in Neural Networks",
    year: 2018,
    fields: { booktitle: NEURIPS, volume: "31", eprint: "1806.07572", archivePrefix: "arXiv" },
  },
  {
    key: "lee2018nngp",
    type: "inproceedings",
    about: "deep networks as Gaussian processes (nngp)",
    authors: [
      "Jaehoon Lee",
      "Yasaman Bahri",
      "Roman Novak",
      "Samuel S. Schoenholz",
      "Jeffrey Pennington",
      "Jascha Sohl-Dickstein",
    ],
    title: "Deep Neural Networks as {Gaussian} Processes",
    year: 2018,
    fields: { booktitle: ICLR, eprint: "1711.00165", archivePrefix: "arXiv" },
  },
  {
    key: "lee2019wide",
    type: "inproceedings",
    about: "closed-form training dynamics of wide networks, mean and covariance over initializations",
    authors: [
      "Jaehoon Lee",
      "Lechao Xiao",
      "Samuel S. Schoenholz",
      "Yasaman Bahri",
      "Roman Novak",
      "Jascha Sohl-Dickstein",
      "Jeffrey Pennington",
    ],
    title: "Wide Neural Networks of Any Depth Evolve as Linear Models Under Gradient Descent",
    year: 2019,
    fields: { booktitle: NEURIPS, volume: "32", eprint: "1902.06720", archivePrefix: "arXiv" },
  },
  {
    key: "poole2016exponential",
    type: "inproceedings",
    about: "length and correlation maps, order-to-chaos transition",
    authors: ["Ben Poole", "Subhaneil Lahiri", "Maithra Raghu", "Jascha Sohl-Dickstein", "Surya Ganguli"],
    title: "Exponential expressivity in deep neural networks through transient chaos",
    year: 2016,
    fields: { booktitle: NEURIPS, volume: "29", eprint: "1606.05340", archivePrefix: "arXiv" },
  },
  {
    key: "schoenholz2017deep",
    type: "inproceedings",
    about: "depth scales of signal propagation",
    authors: ["Samuel S. Schoenholz", "Justin Gilmer", "Surya Ganguli", "Jascha Sohl-Dickstein"],
    title: "Deep Information Propagation",
    year: 2017,
    fields: { booktitle: ICLR, eprint: "1611.01232", archivePrefix: "arXiv" },
  },
  {
    key: "cho2009kernel",
    type: "inproceedings",
    about: "arc-cosine kernels: closed duals of relu and rectified monomials",
    authors: ["Youngmin Cho", "Lawrence K. Saul"],
    title: "Kernel Methods for Deep Learning",
    year: 2009,
    fields: { booktitle: NEURIPS, volume: "22", pages: "342--350" },
  },
  {
    key: "williams1997computing",
    type: "inproceedings",
    about: "closed dual of the error function",
    authors: ["Christopher K. I. Williams"],
    title: "Computing with Infinite Networks",
    year: 1997,
    fields: { booktitle: NEURIPS, volume: "9", pages: "295--301" },
  },
  {
    key: "novak2020neural",
    type: "inproceedings",
    about: "the library whose kernels ours agree with, and its vocabulary",
    authors: [
      "Roman Novak",
      "Lechao Xiao",
      "Jiri Hron",
      "Jaehoon Lee",
      "Alexander A. Alemi",
      "Jascha Sohl-Dickstein",
      "Samuel S. Schoenholz",
    ],
    title: "Neural Tangents: Fast and Easy Infinite Neural Networks in {Python}",
    year: 2020,
    fields: { booktitle: ICLR, eprint: "1912.02803", archivePrefix: "arXiv" },
  },
  {
    key: "lecun1998mnist",
    type: "article",
    about: "the MNIST data set",
    authors: ["Yann LeCun", "Léon Bottou", "Yoshua Bengio", "Patrick Haffner"],
    title: "Gradient-Based Learning Applied to Document Recognition",
    year: 1998,
    fields: {
      journal: "Proceedings of the IEEE",
      volume: "86",
      number: "11",
      pages: "2278--2324",
      doi: "10.1109/5.726791",
    },
  },
  {
    key: "krizhevsky2009cifar",
    type: "techreport",
    about: "the CIFAR-10 data set",
    authors: ["Alex Krizhevsky"],
    title: "Learning Multiple Layers of Features from Tiny Images",
    year: 2009,
    fields: { institution: "University of Toronto" },
  },
  {
    key: "xiao2017fashion",
    type: "misc",
    about: "the Fashion-MNIST data set",
    authors: ["Han Xiao", "Kashif Rasul", "Roland Vollgraf"],
    title: "{Fashion-MNIST}: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
    year: 2017,
    fields: { eprint: "1708.07747", archivePrefix: "arXiv" },
  },
  {
    key: "alpaydin1998digits",
    type: "misc",
    about: "the digits data set",
    authors: ["Ethem Alpaydin", "Cenk Kaynak"],
    title: "Optical Recognition of Handwritten Digits",
    year: 1998,
    fields: { howpublished: "UCI Machine Learning Repository", doi: "10.24432/C50P49" },
  },
] as const satisfies readonly Reference[];

/** The BibTeX keys of {@link references}. */
export type ReferenceKey = (typeof ENTRIES)[number]["key"];

/** All entries by key. */
export const references: Readonly<Record<ReferenceKey, Reference>> = Object.fromEntries(
  ENTRIES.map((entry): [string, Reference] => [entry.key, entry]),
) as Record<ReferenceKey, Reference>;

/** The letters by which source comments name the five papers. */
export const PAPERS = {
  A: "borovykh2019analytic",
  B: "xiao2020disentangling",
  C: "nakkiran2019sgd",
  D: "long2019effect",
  E: "yu2021normalization",
} as const satisfies Readonly<Record<string, ReferenceKey>>;

/**
 * The entry of a key or of a paper letter.
 * @throws ERR_DOMAIN when there is none; the message lists the keys
 */
export function findReference(key: string): Reference {
  const resolved = Object.hasOwn(PAPERS, key) ? PAPERS[key as keyof typeof PAPERS] : key;
  if (!Object.hasOwn(references, resolved)) {
    const known = Object.keys(references).join(", ");
    throw new ForetrainError(
      "ERR_DOMAIN",
      `findReference: no reference "${key}", expected a letter A to E or one of ${known}`,
      { argument: "key", got: key, expected: Object.keys(references) },
    );
  }
  return references[resolved as ReferenceKey];
}

/** LaTeX commands of the accents that occur in author names; BibTeX styles sort and abbreviate these correctly. */
const ACCENTS: Readonly<Record<string, string>> = { é: "{\\'e}", ö: '{\\"o}', ü: '{\\"u}' };

function authorField(name: string): string {
  const parts = name.split(" ");
  const text = `${parts.at(-1)!}, ${parts.slice(0, -1).join(" ")}`;
  return text.replace(/[éöü]/g, (letter) => ACCENTS[letter]!);
}

function entryText(reference: Reference): string {
  const fields: Record<string, string> = {
    author: reference.authors.map(authorField).join(" and "),
    title: reference.title,
    year: String(reference.year),
    ...reference.fields,
  };
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  const lines = Object.entries(fields).map(([name, value]) => `  ${name.padEnd(width)} = {${value}}`);
  return `@${reference.type}{${reference.key},\n${lines.join(",\n")}\n}\n`;
}

/**
 * BibTeX of the entries asked for, each once, in the order asked for; ASCII only.
 *
 * @param keys keys of {@link references} or letters A to E; default all
 * @throws ERR_DOMAIN on an unknown key
 * @example
 * bibtex(["B", "jacot2018ntk"]) // "@inproceedings{xiao2020disentangling, ..."
 */
export function bibtex(keys: readonly string[] = Object.keys(references)): string {
  return [...new Set(keys.map(findReference))].map(entryText).join("\n");
}

/** A citation in pieces: authors, year, title and place as text, and the address of the work where there is one. */
export interface Citation {
  readonly text: string;
  readonly link: { readonly text: string; readonly href: string } | null;
}

/**
 * The pieces of {@link citation} of a key or a paper's letter, for pages that make the link one.
 * @throws ERR_DOMAIN for a key that has no entry
 */
export function citationParts(key: string): Citation {
  const { authors, title, year, fields } = findReference(key);
  const names =
    authors.length > 3
      ? `${authors[0]} et al.`
      : authors.length > 1
        ? `${authors.slice(0, -1).join(", ")} and ${authors.at(-1)}`
        : authors[0]!;
  const where = fields["journal"] ?? fields["booktitle"] ?? fields["institution"] ?? fields["howpublished"];
  const volume = fields["volume"] === undefined ? "" : ` ${fields["volume"]}`;
  const place = where === undefined ? "" : ` ${where}${volume}.`;
  const { eprint, doi } = fields;
  const link =
    eprint !== undefined
      ? { text: `arXiv:${eprint}`, href: `https://arxiv.org/abs/${eprint}` }
      : doi !== undefined
        ? { text: `doi:${doi}`, href: `https://doi.org/${doi}` }
        : null;
  return { text: `${names} (${year}). ${title.replace(/[{}]/g, "")}.${place}`, link };
}

/** One line for people: authors, year, title, where it appeared, arXiv number or DOI. */
export function citation(key: string): string {
  const { text, link } = citationParts(key);
  return link === null ? text : `${text} ${link.text}.`;
}
