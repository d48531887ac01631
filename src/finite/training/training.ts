/**
 * Training of finite networks: gradient descent by full batches and minibatches, with momentum and additive noise.
 * @module
 */
import { ForetrainError } from "../../errors.js";
import type { Network } from "../../network/index.js";
import type { NdArray } from "../../numeric/matrix.js";
import { createRng } from "../../numeric/random.js";
import { breathe, type LongWork, throwIfAborted } from "../../progress.js";
import { type GradientEngine, openGradientEngine } from "../gradient-engine.js";
import { type FiniteModel, finiteModel, initialParameters } from "../model.js";
import { type FloatArray, parametersOf } from "../parameters.js";
import { batchRows } from "./batches.js";
import {
  type KeptClasses,
  requireSameTraining,
  type TrainingCheckpoint,
  type TrainingRecord,
} from "./checkpoint.js";
import { Kept } from "./kept.js";
import { openOptimizer } from "./optimizer.js";
import { recordSteps } from "./record-steps.js";
import { type LargestCurvature, largestCurvature, stableLearningRate } from "./stability.js";
import {
  checksumOf,
  classesAt,
  loadProbe,
  loadSplit,
  lossOfNothing,
  measureSplit,
  rowGradients,
  type TrainingSplit,
} from "./training-data.js";
import {
  batchSize,
  parseTrainingRecipe,
  type TrainingRecipe,
  type TrainingRecipeInput,
  trainingSteps,
} from "./training-recipe.js";

/** Which of the samples something is done for. */
export type WhichSamples = "none" | "train" | "test" | "both";

export interface TrainNetworkInput extends LongWork {
  readonly network: Network;
  readonly recipe: TrainingRecipeInput;
  readonly train: TrainingSplit;
  readonly test?: TrainingSplit | null | undefined;
  /** theta_0 [parameters]; default `initialParameters` of the recipe's scheme and seed */
  readonly parameters?: FloatArray | undefined;
  /** numbers of steps after which loss and accuracy are measured; default 0 and about 40 evenly spaced in the logarithm, to the last */
  readonly records?: readonly number[] | undefined;
  /** whose outputs are kept at every record. Default `none` */
  readonly keepOutputs?: WhichSamples | undefined;
  /** whose classes are kept at every record, a byte each: for networks of at most 256 outputs. Default `none` */
  readonly keepClasses?: WhichSamples | undefined;
  /** further samples [m, ...input] whose classes are kept at every record, for example a grid to draw decision boundaries on */
  readonly probe?: NdArray | null | undefined;
  /** told every record as it is made */
  readonly onRecord?: ((record: TrainingRecord) => void) | undefined;
  /** goes on from there, to the bit as if it had never stopped */
  readonly resume?: TrainingCheckpoint | undefined;
  /** given a checkpoint now and then, when training is cancelled, and at its end; awaited */
  readonly onCheckpoint?: ((checkpoint: TrainingCheckpoint) => void | Promise<void>) | undefined;
  /** time between two checkpoints, default 30 */
  readonly checkpointSeconds?: number | undefined;
}

/** A trained network with what was recorded on the way. */
export interface TrainedNetwork {
  readonly model: FiniteModel;
  /** with the learning rate that was used */
  readonly recipe: TrainingRecipe & { readonly learningRate: number };
  readonly parameters: FloatArray;
  readonly steps: number;
  readonly records: readonly TrainingRecord[];
  /** [records, n, ...output] where they were kept */
  readonly outputs: TrainingCheckpoint["outputs"];
  /** [records, n] where they were kept */
  readonly classes: KeptClasses;
  /** seconds of the steps of this call, without measuring */
  readonly seconds: number;
  /** of this call; null when it made none */
  readonly stepsPerSecond: number | null;
  /** as it was at the start, where the learning rate was left open */
  readonly curvature: LargestCurvature | null;
}

const CHECKPOINT_SECONDS = 30;
/** Arrays of one pass are kept below about this many numbers. */
const NUMBERS_AT_ONCE = 2 ** 24;
/** Beyond this a larger batch computes no faster. */
const LARGEST_BATCH = 1024;
/** Cancellation and timers are heard this often. */
const BREATH_MS = 40;
/** Classes are kept in bytes. */
const MOST_CLASSES = 256;
/** Of the largest stable learning rate. */
const DEFAULT_RATE_SHARE = 0.5;

/**
 * The learning rate of a recipe that leaves it open: half of the largest stable one at the start.
 * @throws ERR_UNAVAILABLE with batchNorm, whose running statistics say nothing before the first batch
 */
export async function openLearningRate(
  model: FiniteModel,
  start: FloatArray,
  x: NdArray,
  recipe: TrainingRecipe,
  signal: AbortSignal | undefined,
): Promise<{ readonly curvature: LargestCurvature; readonly learningRate: number }> {
  if (model.tape.norms.length > 0) {
    throw new ForetrainError(
      "ERR_UNAVAILABLE",
      "learningRate is open, and with batchNorm the largest stable one is not known before the first batch; give one, such as 0.1",
      { argument: "learningRate", got: null },
    );
  }
  const curvature = await largestCurvature(model, start, x, { loss: recipe.loss, signal });
  return { curvature, learningRate: DEFAULT_RATE_SHARE * stableLearningRate(curvature.value, recipe) };
}

/** Multiple of the stable learning rate up to which networks that overshoot may settle where the loss is flatter: 12 / lambda_max for relu. */
const LARGEST_CATAPULT = 6;

function divergenceError(
  at: { readonly step: number; readonly loss: number; readonly start: number },
  recipe: TrainingRecipe,
  learningRate: number,
  curvature: LargestCurvature | null,
): ForetrainError {
  const shown = (value: number) => Number(value.toPrecision(4)).toString();
  const what = `training diverged at step ${at.step}: the loss is ${Number.isFinite(at.loss) ? shown(at.loss) : at.loss}, ${shown(at.start)} at the start`;
  const details = { argument: "learningRate", got: learningRate, step: at.step, loss: at.loss };
  if (curvature === null) {
    return new ForetrainError(
      "ERR_NUMERICAL",
      `${what}. Use a learning rate such as ${shown(learningRate / 2)}`,
      details,
    );
  }
  const limit = stableLearningRate(curvature.value, recipe);
  const formula =
    recipe.momentum === 0
      ? "2 / lambda_max"
      : recipe.nesterov
        ? "2 (1 + mu) / ((1 + 2 mu) lambda_max)"
        : "2 (1 + mu) / lambda_max";
  const above = learningRate > limit;
  const verdict = above
    ? `learning rate ${shown(learningRate)} is above the largest stable one, ${formula} = ${shown(limit)}`
    : `learning rate ${shown(learningRate)} is below ${formula} = ${shown(limit)} of the start, so that ${
        recipe.batch === null && recipe.noise === 0 ? "the curvature has grown" : "noise or grown curvature"
      } made it diverge`;
  return new ForetrainError(
    "ERR_NUMERICAL",
    `${what}; ${verdict}. Use a learning rate such as ${shown((above ? limit : learningRate) / 2)}`,
    { ...details, limit, lambdaMax: curvature.value },
  );
}

/**
 * Trains a network by a recipe.
 *
 * The same recipe, network and data give the same bits, whatever stopped training in between: the random numbers of a step
 * follow from the seed and the number of the step. Streams of the seed: initial parameters, batches, noise and dropout, each its own.
 *
 * @throws ERR_SPEC, ERR_SHAPE, ERR_DATA, ERR_DOMAIN for recipes and data that do not fit; ERR_UNAVAILABLE for a dtype the network
 *   cannot be trained in; ERR_NUMERICAL when training diverges, with the largest stable learning rate at the start in the message and as
 *   `details.limit`; ERR_ABORTED
 */
export async function trainNetwork(input: TrainNetworkInput): Promise<TrainedNetwork> {
  const { network, train, test = null, resume, signal, onProgress, probe = null } = input;
  const wanted = parseTrainingRecipe(input.recipe);
  const model = finiteModel(network, { scheme: wanted.initialization });
  const checkpointed = resume !== undefined || input.onCheckpoint !== undefined;
  const dataChecksum = checkpointed ? checksumOf([train, test], probe) : 0;
  if (resume !== undefined) requireSameTraining(resume, { network, recipe: wanted, dataChecksum });
  const given = input.parameters ?? initialParameters(model, { seed: wanted.seed });
  const start = parametersOf(model, given, "trainNetwork");
  const { loss, dtype } = wanted;
  const onTrain = loadSplit(model, train, loss, dtype, "train");
  const [steps, whole] = [trainingSteps(wanted, onTrain.samples), batchSize(wanted, onTrain.samples)];
  const onTest = test === null ? null : loadSplit(model, test, loss, dtype, "test");
  const onProbe = probe === null ? null : loadProbe(model, probe, dtype, "probe");
  const keeps = (kind: "keepOutputs" | "keepClasses", split: "train" | "test") =>
    input[kind] === "both" || input[kind] === split;
  const outputCount = model.outputShape.at(-1)!;
  if ((onProbe !== null || !["none", undefined].includes(input.keepClasses)) && outputCount > MOST_CLASSES) {
    throw new ForetrainError(
      "ERR_SHAPE",
      `trainNetwork: the network has ${outputCount} outputs, expected at most ${MOST_CLASSES} to keep classes in bytes`,
      { argument: "keepClasses", got: outputCount, expected: MOST_CLASSES },
    );
  }
  const measureCurvature = () => largestCurvature(model, start, train.x, { loss, signal });
  const givenRate = wanted.learningRate ?? resume?.recipe.learningRate ?? null;
  /** batches are more than sums over their samples: they must not be cut, and running statistics lag behind the weights */
  const normed = model.tape.norms.length > 0;
  const open = givenRate === null ? await openLearningRate(model, start, train.x, wanted, signal) : null;
  const curvature = open?.curvature ?? null;
  const learningRate = givenRate ?? open!.learningRate;
  const recipe = { ...wanted, learningRate };
  const recordAt = recordSteps(input.records, steps);

  const largest = Math.max(1, Math.floor(NUMBERS_AT_ONCE / model.tape.numbersPerSample));
  const batch = normed ? whole : Math.min(whole, largest, LARGEST_BATCH);
  const engine = await openGradientEngine(model, { batch, loss, dtype });
  try {
    return await run(engine);
  } finally {
    engine.close();
  }

  async function run(engine: GradientEngine): Promise<TrainedNetwork> {
    const rng = createRng(recipe.seed);
    const rowsOf = batchRows(recipe, onTrain.samples, rng.fork("batches"));
    const optimizer = openOptimizer(engine, recipe, { learningRate, steps }, rng.fork("noise"));
    const masks = rng.fork("dropout");
    const gradientOf = rowGradients(engine, onTrain);
    engine.parameters.set(resume?.parameters ?? start);
    if (resume?.velocity) optimizer.velocity?.set(resume.velocity);
    const records: TrainingRecord[] = [...(resume?.records ?? [])];
    const before = resume?.records.length ?? 0;
    const tested = onTest?.samples ?? 0;
    const kept = {
      train: new Kept(
        Float64Array,
        "keepOutputs",
        keeps("keepOutputs", "train"),
        resume?.outputs.train,
        before,
      ),
      test: new Kept(
        Float64Array,
        "keepOutputs",
        keeps("keepOutputs", "test") && onTest !== null,
        resume?.outputs.test,
        before,
      ),
    };
    const said = {
      train: new Kept(
        Uint8Array,
        "keepClasses",
        keeps("keepClasses", "train"),
        resume?.classes.train,
        before,
      ),
      test: new Kept(
        Uint8Array,
        "keepClasses",
        keeps("keepClasses", "test") && onTest !== null,
        resume?.classes.test,
        before,
      ),
      probe: new Kept(Uint8Array, "probe", onProbe !== null, resume?.classes.probe, before),
    };
    const outputs = () => ({
      train: kept.train.array([onTrain.samples, ...model.outputShape]),
      test: kept.test.array([tested, ...model.outputShape]),
    });
    const classes = () => ({
      train: said.train.array([onTrain.samples]),
      test: said.test.array([tested]),
      probe: said.probe.array([onProbe?.samples ?? 0]),
    });
    let step = resume?.step ?? 0;
    if (step > steps) {
      throw new ForetrainError(
        "ERR_SPEC",
        `resume: the checkpoint has made ${step} steps already, expected at most the ${steps} of the recipe; ask for more steps`,
        { argument: "resume", got: step, expected: steps },
      );
    }
    let seconds = 0;
    const firstStep = step;
    let saved = performance.now();
    const save = async () => {
      if (input.onCheckpoint === undefined) return;
      const { parameters } = engine;
      const velocity = optimizer.velocity?.slice() ?? null;
      await input.onCheckpoint({
        network,
        recipe,
        dataChecksum,
        step,
        parameters: parameters.slice(),
        velocity,
        records: [...records],
        outputs: outputs(),
        classes: classes(),
      });
      saved = performance.now();
    };
    const nothing = lossOfNothing(onTrain, loss, model);
    const referenceLoss = () => Math.max(records[0]?.trainLoss ?? 0, nothing);
    /** NaN is divergent; where nothing is to be compared with, only what is not finite */
    const beyond = (value: number, factor: number) =>
      !(value <= (referenceLoss() > 0 ? factor * referenceLoss() : Number.MAX_VALUE));
    let measured = curvature;
    const curvatureOf = async () => {
      measured ??= await measureCurvature();
      return measured;
    };
    /**
     * Units of relu that were thrown out by one step answer 0 for ever after: such training never comes as far as the factor. Half of
     * the way (in the logarithm) is too far where the rate is so large that no network comes back.
     */
    const isDivergent = async (value: number) =>
      beyond(value, recipe.divergenceFactor) ||
      (!normed &&
        beyond(value, Math.sqrt(recipe.divergenceFactor)) &&
        learningRate > LARGEST_CATAPULT * stableLearningRate((await curvatureOf()).value, recipe));
    const divergence = async (value: number) => {
      const at = { step, loss: value, start: records[0]?.trainLoss ?? value };
      return divergenceError(at, recipe, learningRate, normed ? null : await curvatureOf());
    };
    const record = async () => {
      if ((records.at(-1)?.step ?? -1) >= step || !recordAt.has(step)) return;
      const wants = (split: "train" | "test") => ({
        outputs: kept[split].wanted,
        classes: said[split].wanted,
      });
      const atTrain = measureSplit(engine, onTrain, wants("train"));
      // with batchNorm the losses of the batches tell: those of evaluation jump while running statistics catch up
      if (normed ? step > 0 && !Number.isFinite(atTrain.loss) : await isDivergent(atTrain.loss))
        throw await divergence(atTrain.loss);
      const atTest = onTest && measureSplit(engine, onTest, wants("test"));
      kept.train.add(atTrain.outputs);
      kept.test.add(atTest?.outputs ?? null);
      said.train.add(atTrain.classes);
      said.test.add(atTest?.classes ?? null);
      said.probe.add(onProbe && classesAt(engine, onProbe.x, onProbe.samples));
      const made: TrainingRecord = {
        step,
        trainLoss: atTrain.loss,
        trainAccuracy: atTrain.accuracy,
        testLoss: atTest?.loss ?? null,
        testAccuracy: atTest?.accuracy ?? null,
      };
      records.push(made);
      input.onRecord?.(made);
    };
    const report = () => onProgress?.({ label: "training", done: step, total: steps, unit: "steps" });
    let breath = performance.now();
    await record();
    while (step < steps) {
      const began = performance.now();
      const { value, gradient } = gradientOf(rowsOf(step), masks.fork("step", step));
      if (await isDivergent(value)) throw await divergence(value);
      optimizer.move(gradient, step);
      step++;
      const now = performance.now();
      seconds += (now - began) / 1000;
      await record();
      if (now - breath < BREATH_MS) continue;
      report();
      // cancellation comes while others run
      await breathe();
      if (signal?.aborted) await save();
      throwIfAborted(signal);
      breath = performance.now();
      if (breath - saved > 1000 * (input.checkpointSeconds ?? CHECKPOINT_SECONDS)) await save();
    }
    report();
    await save();
    return {
      model,
      recipe,
      parameters: engine.parameters.slice(),
      steps: step,
      records,
      outputs: outputs(),
      classes: classes(),
      seconds,
      stepsPerSecond: step > firstStep && seconds > 0 ? (step - firstStep) / seconds : null,
      curvature,
    };
  }
}
