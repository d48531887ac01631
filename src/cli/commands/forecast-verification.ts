/**
 * What `foretrain forecast --verify` prints of trained networks.
 * @module
 */
import { numberText, percentText } from "../../figures/index.js";
import { BAND_DEVIATIONS, type ComparedQuantity, type ReportVerification } from "../../report/index.js";
import { alignedColumns } from "../columns.js";

/** Rows of the printed table of z-scores. */
const VERIFIED_ROWS = 8;

/** Which band is promised, and how far trained networks keep to it. */
function bandText(
  steps: number,
  networks: number,
  { testAccuracy, testLoss, trainAccuracy, trainLoss }: NonNullable<ReportVerification["quantities"]>,
): string[] {
  const counts = (of: "mean" | "all") =>
    `test accuracy ${testAccuracy.inside[of]}, test loss ${testLoss.inside[of]}, train accuracy ${trainAccuracy.inside[of]}, train loss ${trainLoss.inside[of]}`;
  return [
    `band: the predicted mean ± ${BAND_DEVIATIONS} standard deviations of single networks, about 95 % of them`,
    `  mean of the ${networks} trained networks inside at, of ${steps} steps: ${counts("mean")}`,
    `  all ${networks} of them inside at: ${counts("all")}`,
  ];
}

/** How far the kernel of the theory is from that of the networks. */
function kernelText(kernel: ReportVerification["kernel"]): string[] {
  if (kernel === null) return ["tangent kernel: not measured, it does not fit into memory"];
  const { samples, start, moved } = kernel;
  return [
    `tangent kernel of the first network, on ${samples} train samples: training moved it by ${percentText(moved)}, at its start it was ${percentText(start)} from that of infinite width`,
  ];
}

/** Trained networks beside the prediction, for a terminal. */
export function verificationText({
  sentence,
  details,
  steps,
  quantities,
  networks,
  kernel,
  engine,
}: ReportVerification): string[] {
  if (quantities === null) return ["verification", `  ${sentence}`];
  const { trainLoss, testLoss, trainAccuracy, testAccuracy } = quantities;
  const count = Math.min(VERIFIED_ROWS, steps.length);
  const rows = [
    ...new Set(
      Array.from({ length: count }, (_, i) => Math.round((i * (steps.length - 1)) / Math.max(1, count - 1))),
    ),
  ];
  const z = ({ z: scores }: ComparedQuantity, i: number) => (scores[i] == null ? "-" : scores[i]!.toFixed(1));
  const table = alignedColumns(
    [
      [
        "step",
        "test accuracy",
        "predicted",
        "z",
        "test loss",
        "predicted",
        "same starts",
        "z",
        "z train loss",
        "z train accuracy",
      ],
      ...rows.map((i) => [
        String(steps[i]),
        `${percentText(testAccuracy.measured.mean[i]!)} ± ${percentText(testAccuracy.measured.deviation[i]!)}`,
        `${percentText(testAccuracy.predicted.mean[i]!)} ± ${percentText(testAccuracy.predicted.deviation[i]!)}`,
        z(testAccuracy, i),
        numberText(testLoss.measured.mean[i]!, 4),
        `${numberText(testLoss.predicted.mean[i]!, 4)} ± ${numberText(testLoss.predicted.deviation[i]!, 2)}`,
        testLoss.matched === null ? "-" : numberText(testLoss.matched.mean[i]!, 4),
        z(testLoss, i),
        z(trainLoss, i),
        z(trainAccuracy, i),
      ]),
    ],
    "right",
  );
  const trained = engine ? ["", `  trained in ${engine}`] : [];
  return [
    "verification",
    `  ${sentence}`,
    ...details.map((detail) => `  - ${detail}`),
    "",
    ...table.map((line) => `  ${line}`),
    "",
    "  same starts: theory from the initial outputs of these networks; z is against the prediction, with the luck of the starts in it",
    ...bandText(steps.length, networks, quantities).map((line) => `  ${line}`),
    ...kernelText(kernel).map((line) => `  ${line}`),
    ...trained,
  ];
}
