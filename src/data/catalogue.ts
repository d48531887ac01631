/**
 * The published data sets: what they are, where they are downloaded from, and how their files are recognised.
 *
 * Check sums of archives are those that torchvision, TensorFlow Datasets and Keras use; those of contents were computed
 * from archives with these sums, except for Fashion-MNIST, where they are as quoted by Debian. Contents are checked because
 * they do not depend on who compressed them.
 * @module
 */
import { ForetrainError } from "../errors.js";

export type DatasetName = "mnist" | "fashion-mnist" | "cifar10" | "digits";

/** A file after decompression. */
export interface ContentFile {
  /** canonical name, without `.gz` */
  readonly name: string;
  /** other names under which the same content is known */
  readonly aliases?: readonly string[];
  readonly bytes: number;
  readonly sha256?: string;
  readonly md5?: string;
}

/** A file to download. */
export interface Download {
  readonly file: string;
  /** null where the server's archive has no published size */
  readonly bytes: number | null;
  readonly sha256?: string;
  readonly md5?: string;
  /** `keep`: it is (compressed) content; others are unpacked into the contents after the download */
  readonly unpack: "keep" | "tar" | "zip";
}

export interface CatalogueEntry {
  readonly name: DatasetName;
  readonly title: string;
  readonly licence: string;
  readonly source: string;
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  readonly valueScale: number;
  /** sizes of the published splits; digits has one part only, which is split by seed */
  readonly samples: { readonly train: number; readonly test: number };
  /** in the order in which the loader reads them */
  readonly contents: readonly ContentFile[];
  readonly downloads: readonly Download[];
  /** tried in order; each ends with a slash */
  readonly baseUrls: readonly string[];
  /** folders below a data folder in which other tools keep the files */
  readonly subfolders: readonly string[];
}

const DIGIT_NAMES = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

const mnist: CatalogueEntry = {
  name: "mnist",
  title: "MNIST handwritten digits",
  licence: "CC BY-SA 3.0 (Y. LeCun, C. Cortes)",
  source: "http://yann.lecun.com/exdb/mnist/",
  inputShape: [28, 28, 1],
  classNames: DIGIT_NAMES,
  valueScale: 255,
  samples: { train: 60000, test: 10000 },
  contents: [
    {
      name: "train-images-idx3-ubyte",
      bytes: 47040016,
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      md5: "6bbc9ace898e44ae57da46a324031adb",
    },
    {
      name: "train-labels-idx1-ubyte",
      bytes: 60008,
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      md5: "a25bea736e30d166cdddb491f175f624",
    },
    {
      name: "t10k-images-idx3-ubyte",
      bytes: 7840016,
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      md5: "2646ac647ad5339dbf082846283269ea",
    },
    {
      name: "t10k-labels-idx1-ubyte",
      bytes: 10008,
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      md5: "27ae3e4e09519cfbb04c629615203637",
    },
  ],
  downloads: [
    {
      file: "train-images-idx3-ubyte.gz",
      bytes: 9912422,
      sha256: "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      md5: "f68b3c2dcbeaaa9fbdd348bbdeb94873",
      unpack: "keep",
    },
    {
      file: "train-labels-idx1-ubyte.gz",
      bytes: 28881,
      sha256: "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
      md5: "d53e105ee54ea40749a09fcbcd1e9432",
      unpack: "keep",
    },
    {
      file: "t10k-images-idx3-ubyte.gz",
      bytes: 1648877,
      sha256: "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      md5: "9fb629c4189551a2d022fa330f9573f3",
      unpack: "keep",
    },
    {
      file: "t10k-labels-idx1-ubyte.gz",
      bytes: 4542,
      sha256: "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
      md5: "ec29112dd5afa0611ce80d1b7f02629c",
      unpack: "keep",
    },
  ],
  baseUrls: [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "http://yann.lecun.com/exdb/mnist/",
  ],
  subfolders: ["mnist", "MNIST/raw"],
};

const fashionMnist: CatalogueEntry = {
  name: "fashion-mnist",
  title: "Fashion-MNIST articles of clothing",
  licence: "MIT (Zalando SE)",
  source: "https://github.com/zalandoresearch/fashion-mnist",
  inputShape: [28, 28, 1],
  classNames: [
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
  ],
  valueScale: 255,
  samples: { train: 60000, test: 10000 },
  contents: [
    { name: "train-images-idx3-ubyte", bytes: 47040016, md5: "f4a8712d7a061bf5bd6d2ca38dc4d50a" },
    { name: "train-labels-idx1-ubyte", bytes: 60008, md5: "9018921c3c673c538a1fc5bad174d6f9" },
    { name: "t10k-images-idx3-ubyte", bytes: 7840016, md5: "8181f5470baa50b63fa0f6fddb340f0a" },
    { name: "t10k-labels-idx1-ubyte", bytes: 10008, md5: "15d484375f8d13e6eb1aabb0c3f46965" },
  ],
  downloads: [
    {
      file: "train-images-idx3-ubyte.gz",
      bytes: 26421880,
      sha256: "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
      md5: "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
      unpack: "keep",
    },
    {
      file: "train-labels-idx1-ubyte.gz",
      bytes: 29515,
      sha256: "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
      md5: "25c81989df183df01b3e8a0aad5dffbe",
      unpack: "keep",
    },
    {
      file: "t10k-images-idx3-ubyte.gz",
      bytes: 4422102,
      sha256: "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
      md5: "bef4ecab320f06d8554ea6380940ec79",
      unpack: "keep",
    },
    {
      file: "t10k-labels-idx1-ubyte.gz",
      bytes: 5148,
      sha256: "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
      md5: "bb300cfdad3c16e7a12a480ee83cd310",
      unpack: "keep",
    },
  ],
  baseUrls: [
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
  ],
  subfolders: ["fashion-mnist", "FashionMNIST/raw"],
};

const CIFAR_BATCH_BYTES = 30730000;

const cifar10: CatalogueEntry = {
  name: "cifar10",
  title: "CIFAR-10 small colour photographs",
  licence: "none stated; cite A. Krizhevsky, Learning multiple layers of features from tiny images, 2009",
  source: "https://www.cs.toronto.edu/~kriz/cifar.html",
  inputShape: [32, 32, 3],
  classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  valueScale: 255,
  samples: { train: 50000, test: 10000 },
  contents: [
    ["data_batch_1", "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"],
    ["data_batch_2", "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"],
    ["data_batch_3", "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"],
    ["data_batch_4", "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"],
    ["data_batch_5", "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"],
    ["test_batch", "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b"],
  ].map(([batch, sha256]) => ({ name: `${batch}.bin`, bytes: CIFAR_BATCH_BYTES, sha256: sha256! })),
  downloads: [
    {
      file: "cifar-10-binary.tar.gz",
      bytes: 170052171,
      sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      md5: "c32a1d4ab5d03f1284b67883e8d87530",
      unpack: "tar",
    },
  ],
  baseUrls: ["https://www.cs.toronto.edu/~kriz/"],
  subfolders: ["cifar10", "cifar-10-batches-bin"],
};

const digits: CatalogueEntry = {
  name: "digits",
  title: "UCI optical digits, 8 x 8 (the test part, as in scikit-learn)",
  licence: "CC BY 4.0 (E. Alpaydin, C. Kaynak)",
  source: "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
  inputShape: [8, 8, 1],
  classNames: DIGIT_NAMES,
  valueScale: 16,
  samples: { train: 1797, test: 0 },
  contents: [
    {
      name: "optdigits.tes",
      aliases: ["digits.csv"],
      bytes: 264712,
      sha256: "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8",
      md5: "a0339c30a8a5312a1b6f9e5c719dcce5",
    },
  ],
  downloads: [{ file: "optical+recognition+of+handwritten+digits.zip", bytes: null, unpack: "zip" }],
  baseUrls: ["https://archive.ics.uci.edu/static/public/80/"],
  subfolders: ["digits"],
};

/** The data sets that can be named. */
export const CATALOGUE: Readonly<Record<DatasetName, CatalogueEntry>> = {
  mnist,
  "fashion-mnist": fashionMnist,
  cifar10,
  digits,
};

/** Names of the catalogue, in its order. */
export const DATASET_NAMES = Object.keys(CATALOGUE) as readonly DatasetName[];

/** Common other spellings. */
const SPELLINGS: Readonly<Record<string, DatasetName>> = {
  fashionmnist: "fashion-mnist",
  fashion_mnist: "fashion-mnist",
  fashion: "fashion-mnist",
  cifar: "cifar10",
  "cifar-10": "cifar10",
  cifar_10: "cifar10",
};

/** The entry of a name (case and common spellings do not matter); undefined when there is none. */
export function findCatalogueEntry(name: string): CatalogueEntry | undefined {
  const lower = name.toLowerCase();
  const known = DATASET_NAMES.find((key) => key === lower) ?? SPELLINGS[lower];
  return known === undefined ? undefined : CATALOGUE[known];
}

/** The entry of a name. @throws ForetrainError `ERR_USAGE` listing the names */
export function catalogueEntry(name: string): CatalogueEntry {
  const entry = findCatalogueEntry(name);
  if (entry !== undefined) return entry;
  throw new ForetrainError(
    "ERR_USAGE",
    `data: "${name}" is no data set; expected ${DATASET_NAMES.join(", ")}, a file ending in .npz, .csv or .csv.gz, or one drawn from a law: sinusoid, disk, theorem`,
    { argument: "data", got: name, expected: DATASET_NAMES },
  );
}
