/** The real data sets beside the repository, where there are any. */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

export const SHARED_DATA = resolve(import.meta.dirname, "../../../../shared/data");
export const hasSharedData = existsSync(SHARED_DATA);
if (!hasSharedData) console.info(`skipped: tests on real data, ${SHARED_DATA} is not there`);

export const HISTOGRAMS = {
  mnistTrain: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
  mnistTest: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
  cifarBatch1: [1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981],
  digits: [178, 182, 177, 183, 181, 182, 181, 179, 174, 180],
};
