/**
 * The page Phase: settings, diagram, numbers, maps, and signals through depth.
 * @module
 */
import { useCallback, useEffect, useMemo } from "preact/hooks";
import { CopyAs } from "../../controls/copy-as.js";
import { isTyping } from "../../controls/is-typing.js";
import { ask } from "../../engine/ask.js";
import { createTask } from "../../engine/task.js";
import { useRequest } from "../../engine/use-request.js";
import type { PageProps } from "../page.js";
import { activationProblem } from "./activation.js";
import { copyItems } from "./copy.js";
import { DepthFigure } from "./depth-figure.js";
import { Diagram } from "./diagram.js";
import { CUSTOM, type PhaseState, type phaseFields } from "./fields.js";
import { MapFigure } from "./map-figure.js";
import type { PhaseOperations } from "./operations.js";
import type { PictureInput } from "./picture.js";
import { Readings } from "./readings.js";
import { Settings } from "./settings.js";
import "./phase.css";

/** Drawn first, and while something is dragged. */
const COARSE = 60;

const choiceOf = ({ activation, parameters, expression }: PhaseState) => ({
  activation,
  parameters,
  expression: activation === CUSTOM ? expression : "",
});

/** Sets the point to the critical line with `c`. */
function useCriticalKey(toCritical: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
        return;
      toCritical();
    };
    addEventListener("keydown", onKeyDown);
    return () => removeEventListener("keydown", onKeyDown);
  });
}

export function PhaseView({ store, engines, theme }: PageProps<typeof phaseFields>) {
  const tasks = useMemo(
    () => ({
      point: createTask<PhaseOperations, "phase.point">(engines.quick, "phase point", "phase.point"),
      permissibility: createTask<PhaseOperations, "phase.permissibility">(
        engines.medium,
        "phase permissibility",
        "phase.permissibility",
      ),
      maps: createTask<PhaseOperations, "phase.maps">(engines.medium, "phase maps", "phase.maps"),
      depth: createTask<PhaseOperations, "phase.depth">(engines.medium, "phase depth", "phase.depth"),
      coarse: createTask<PhaseOperations, "phase.diagram">(
        engines.long,
        "phase coarse",
        "phase.diagram",
        "cancel",
      ),
      fine: createTask<PhaseOperations, "phase.diagram">(
        engines.long,
        "phase fine",
        "phase.diagram",
        "cancel",
      ),
    }),
    [engines],
  );
  const state = store.state.value;
  const choice = choiceOf(state);
  const { weightVariance, biasVariance, start, correlation, depth } = state;
  const { weightFrom, weightTo, biasFrom, biasTo, resolution } = state;
  const layer = { choice, weightVariance, biasVariance, start };
  const range = { choice, weightFrom, weightTo, biasFrom, biasTo };
  useRequest(tasks.point, { ...layer, depth });
  useRequest(tasks.permissibility, state.activation === CUSTOM ? { choice } : null);
  useRequest(tasks.maps, { ...layer, correlation });
  useRequest(tasks.depth, { ...layer, correlation, depth });
  useRequest(tasks.coarse, { ...range, points: Math.min(COARSE, resolution) });
  // the fine map is not worth its time while the coarse one is still asked for
  const coarse = tasks.coarse.state.value;
  useRequest(tasks.fine, coarse.running || coarse.value === null ? null : { ...range, points: resolution });

  const draw = useCallback(
    (input: PictureInput) =>
      ask<PhaseOperations, "phase.picture">(engines.medium, "phase picture", "phase.picture", input),
    [engines],
  );
  const point = tasks.point.state.value;
  const meanField = point.value?.meanField ?? null;
  const problem = useMemo(() => activationProblem(choice), [JSON.stringify(choice)]);
  const where = state.activation === CUSTOM ? "the formula" : "the parameters";
  const saidAtField = { message: problem, where };
  // what fails at the point fails in what starts there
  const said = problem === null ? { message: point.error?.message ?? null, where: "the point" } : saidAtField;
  const toCritical = (value: number) => store.change({ weightVariance: Number(value.toPrecision(8)) });
  useCriticalKey(() => {
    const critical = meanField?.criticalWeightVariance ?? null;
    if (critical !== null) toCritical(critical);
  });
  return (
    <div class="page phase-page">
      <div class="page-head">
        <h1>Phase</h1>
        <p class="lead">
          Whether signals of a wide random network become alike, unlike, or keep what sets them apart, over
          the variances of its weights and biases.
        </p>
        <CopyAs items={copyItems(state, () => tasks.point.state.value.value)} />
      </div>
      <Settings store={store} activationError={problem} permissibility={tasks.permissibility.state.value} />
      <div class="phase-content">
        <Diagram
          state={state}
          coarse={tasks.coarse}
          fine={tasks.fine}
          meanField={meanField}
          draw={draw}
          said={said}
          move={({ x, y }, gesture) => store.change({ weightVariance: x, biasVariance: y }, gesture)}
        />
        <Readings state={point} said={saidAtField} toCritical={toCritical} />

        <MapFigure task={tasks.maps} said={said} />
        <DepthFigure
          task={tasks.depth}
          said={said}
          theme={theme}
          logarithmic={state.logLength}
          change={(logLength) => store.change({ logLength })}
        />
      </div>
    </div>
  );
}
