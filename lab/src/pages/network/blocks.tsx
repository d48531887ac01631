/**
 * The architecture as blocks that can be changed, moved, added, taken out, and put inside each other.
 * @module
 */
import { useSignal } from "@preact/signals";
import type { Layer, LayerKind, LayerShape, Network } from "foretrain";
import { useLayoutEffect, useRef } from "preact/hooks";
import { plainMath } from "../../controls/math-symbols.js";
import { type Editor, LayerList, nameAt, shapeText, textOf } from "./block.js";
import { Add } from "./kind-choice.js";
import { pathsOf } from "./layer-edits.js";
import { type Direction, moved } from "./moves.js";
import type { Problem } from "./spec.js";

export interface BlocksProps {
  readonly network: Network;
  /** as far as they are known */
  readonly shapes: readonly LayerShape[];
  readonly problem: Problem | null;
  readonly change: (layers: readonly Layer[]) => void;
}

/** What follows a change. */
interface After {
  /** for screen readers */
  readonly say: string;
  /** selector of what has the focus */
  readonly focus: string;
  /** path of a block that shows its values */
  readonly open?: string;
}

export function Blocks({ network, shapes, problem, change }: BlocksProps) {
  const { layers, input } = network;
  const open = useSignal<ReadonlySet<string>>(new Set());
  const said = useSignal("");
  const root = useRef<HTMLDivElement>(null);
  const after = useRef<After | null>(null);
  const focus = useRef<string | null>(null);
  useLayoutEffect(() => {
    if (focus.current === null) return;
    root.current?.querySelector<HTMLElement>(focus.current)?.focus();
    focus.current = null;
  });
  // the first row of a layer with several shapes is its first copy
  const shapeAt = new Map(shapes.toReversed().map((shape) => [shape.path, shape]));
  const editor: Editor = {
    shapeAt,
    problem,
    isOpen: (path) => open.value.has(path),
    toggle: (path) => {
      const next = new Set(open.value);
      if (!next.delete(path)) next.add(path);
      open.value = next;
    },
    follow: (next) => {
      after.current = next;
    },
    move: (path, direction) => move(path, direction),
  };
  /** Blocks that were open stay so wherever they went. */
  const apply = (next: readonly Layer[]) => {
    const before = new Map(pathsOf(layers).map(([path, layer]) => [layer, path]));
    const stay = pathsOf(next).filter(([path, layer]) => open.value.has(before.get(layer) ?? path));
    const opened = new Set(stay.map(([path]) => path));
    if (after.current?.open !== undefined) opened.add(after.current.open);
    open.value = opened;
    said.value = after.current?.say ?? "";
    focus.current = after.current?.focus ?? null;
    after.current = null;
    change(next);
  };
  const move = (path: string, direction: Direction) => {
    const layer = pathsOf(layers).find(([known]) => known === path)?.[1];
    if (layer === undefined) return;
    const name = plainMath(textOf(layer));
    const result = moved(layers, path, direction);
    if (typeof result === "string") {
      said.value = `${name} stays: ${result}`;
      return;
    }
    const { into, position, count } = result;
    const where =
      into === undefined
        ? ""
        : into === null
          ? " outermost blocks"
          : ` in ${into.part === "" ? "" : `the ${into.part} of `}${plainMath(textOf(into.layer))}`;
    editor.follow({
      say: `${name} is ${position} of ${count}${where}`,
      focus: nameAt(result.path),
      ...(editor.isOpen(path) ? { open: result.path } : {}),
    });
    apply(result.layers);
  };
  // the last layer reads out: new ones go before it
  const at = Math.max(0, layers.length - 1);
  return (
    <div class="blocks" ref={root}>
      <p class="block-input">
        input <span class="block-shape">{shapeText(input)}</span>
      </p>
      <LayerList
        list="layers"
        label="layers"
        layers={layers}
        mayBeEmpty={false}
        editor={editor}
        change={apply}
      />
      <Add
        list="layers"
        label="add a layer before the last one"
        add={(make, kind: LayerKind) => {
          const path = `layers[${at}]`;
          editor.follow({ say: `${kind} added`, focus: `[data-path="${path}"] .block-name`, open: path });
          apply(layers.toSpliced(at, 0, make(shapeAt.get(path)?.input ?? null)));
        }}
      />
      <p class="visually-hidden" role="status">
        {said.value}
      </p>
    </div>
  );
}
