/**
 * Simple models of growing complexity for every network: a linear one, and networks that learn what the network says in the end.
 * @module
 */
import type { ExplainerRecipe } from "../../complexity/index.js";
import type { Network } from "../../network/index.js";
import type { Json } from "../../runs/index.js";
import type { StudyContext } from "../study.js";
import {
  COOLDOWN,
  type ImageRecipe,
  type ImageSnapshots,
  recipeOf,
  trainSimpleModels,
} from "./image-networks.js";
import type { ImageTask } from "./image-tasks.js";

export interface SimpleSequence {
  readonly task: ImageTask;
  /** what is explained, how and from which seeds it was trained, and what it said */
  readonly network: Network;
  readonly recipe: ImageRecipe;
  readonly seeds: readonly number[];
  readonly networks: readonly ImageSnapshots[];
  /** taught the labels, the same for every network */
  readonly linear: ExplainerRecipe;
  /** taught what each network says in the end, trained as it was, from other starts */
  readonly simple: readonly Network[];
}

/** Test predictions [network][model][sample], the linear model first. */
export async function trainSimpleSequence(
  { task, network, recipe, seeds, networks, linear, simple }: SimpleSequence,
  context: StudyContext,
): Promise<Uint8Array[][]> {
  const said = await trainSimpleModels(
    task,
    [
      { explainer: linear, labels: task.train.labels, origin: "labels" },
      ...networks.flatMap(({ train }, n) =>
        simple.map((model) => ({
          explainer: {
            kind: "network",
            network: model,
            recipe: { ...recipeOf(recipe, seeds[n]! + 500), epochs: recipe.epochs, cooldown: COOLDOWN },
          } as const,
          labels: train.at(-1)!,
          origin: { seed: seeds[n]!, recipe, network: network as unknown as Json },
        })),
      ),
    ],
    context,
  );
  return networks.map((_, n) => [
    said[0]!,
    ...said.slice(1 + n * simple.length, 1 + (n + 1) * simple.length),
  ]);
}
