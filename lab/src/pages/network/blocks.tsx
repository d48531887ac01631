/**
 * The architecture as a list of blocks that can be changed, moved, added and taken out.
 * @module
 */

import { useSignal } from "@preact/signals";
import {
  activationNames,
  describeLayer,
  type Layer,
  type LayerField,
  type LayerShape,
  layerDescriptions,
  type Network,
} from "foretrain";
import { useId } from "preact/hooks";
import { plainMath } from "../../controls/math-symbols.js";
import { MathText } from "../../controls/math-text.js";
import { BLOCK_KINDS, newLayer, withField } from "./spec.js";

export interface BlocksProps {
  readonly network: Network;
  readonly shapes: readonly LayerShape[];
  readonly change: (layers: readonly Layer[]) => void;
}

const shapeText = (shape: readonly number[]) => shape.join(" × ");

/** What a typed text means for a field; null: nothing. */
function readField(field: LayerField, text: string): unknown {
  const plain = text.trim();
  if (plain === "") return field.required ? null : undefined;
  switch (field.value.type) {
    case "window":
    case "margin":
    case "axes": {
      const numbers = plain.split(/[x×,\s]+/).map(Number);
      return numbers.some(Number.isNaN) ? null : numbers;
    }
    case "flag":
      return plain === "true" ? true : plain === "false" ? false : null;
    case "choice":
    case "activation":
      return plain;
    default: {
      const number = Number(plain);
      return Number.isNaN(number) ? null : number;
    }
  }
}

const textOf = (value: unknown) =>
  Array.isArray(value) ? value.join(" × ") : value === undefined ? "" : String(value);

interface FieldProps {
  readonly layer: Layer;
  readonly field: LayerField;
  readonly set: (value: unknown) => void;
}

function FieldBox({ layer, field, set }: FieldProps) {
  const id = useId();
  const value = (layer as unknown as Record<string, unknown>)[field.name];
  const options =
    field.value.type === "choice"
      ? field.value.of
      : field.value.type === "activation"
        ? activationNames()
        : field.value.type === "flag"
          ? ["true", "false"]
          : null;
  const read = (text: string) => {
    const next = readField(field, text);
    if (next !== null) set(next);
  };
  return (
    <div
      class="block-field"
      title={plainMath(`${field.meaning}${field.fallback === null ? "" : `; default ${field.fallback}`}`)}
    >
      <label for={id}>{field.name}</label>
      {options === null ? (
        <input
          id={id}
          type="text"
          value={textOf(value)}
          placeholder={field.fallback ?? ""}
          onChange={(event) => read(event.currentTarget.value)}
        />
      ) : (
        <select id={id} value={textOf(value)} onChange={(event) => read(event.currentTarget.value)}>
          {!field.required && <option value="">{field.fallback}</option>}
          {options.map((option) => (
            <option key={option} value={option}>
              {option}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

interface BlockProps {
  readonly layer: Layer;
  readonly shape: LayerShape | undefined;
  readonly position: number;
  readonly count: number;
  readonly put: (layer: Layer) => void;
  readonly move: (by: number) => void;
  readonly remove: () => void;
}

/** The layers of the main path inside a combinator; null for a layer that has none, or several paths. */
function layersInside(layer: Layer): readonly Layer[] | null {
  return layer.kind === "repeat" || layer.kind === "serial" || layer.kind === "residual"
    ? layer.layers
    : null;
}

function Block({ layer, shape, position, count, put, move, remove }: BlockProps) {
  const open = useSignal(false);
  const { fields, meaning } = layerDescriptions.find((row) => row.kind === layer.kind)!;
  const own = fields.filter(({ value }) => value.type !== "layers" && value.type !== "branches");
  const inside = layersInside(layer);
  const text = describeLayer(layer);
  const label = plainMath(text);
  return (
    <li class="block" data-kind={layer.kind}>
      <div class="block-head">
        <button
          type="button"
          class="block-name"
          aria-expanded={open.value}
          title={plainMath(meaning)}
          onClick={() => {
            open.value = !open.value;
          }}
        >
          <MathText text={text} />
        </button>
        <span class="block-shape">{shape === undefined ? "" : shapeText(shape.output)}</span>
        <span class="block-tools">
          <button
            type="button"
            class="quiet"
            disabled={position === 0}
            aria-label={`${label}: up`}
            onClick={() => move(-1)}
          >
            ↑
          </button>
          <button
            type="button"
            class="quiet"
            disabled={position === count - 1}
            aria-label={`${label}: down`}
            onClick={() => move(1)}
          >
            ↓
          </button>
          <button
            type="button"
            class="quiet"
            disabled={count === 1}
            aria-label={`${label}: take out`}
            onClick={remove}
          >
            ×
          </button>
        </span>
      </div>
      {open.value && (
        <div class="block-fields">
          {own.map((field) => (
            <FieldBox
              key={field.name}
              layer={layer}
              field={field}
              set={(value) => put(withField(layer, field.name, value))}
            />
          ))}
          {own.length === 0 && inside === null && <p class="hint">{meaning}</p>}
          {layer.kind === "parallel" && <p class="hint">Its branches are changed in the JSON below.</p>}
        </div>
      )}
      {inside !== null && (
        <LayerList layers={inside} shapes={[]} change={(next) => put(withField(layer, "layers", next))} />
      )}
    </li>
  );
}

interface LayerListProps {
  readonly layers: readonly Layer[];
  /** of these layers; may be shorter */
  readonly shapes: readonly LayerShape[];
  readonly change: (layers: readonly Layer[]) => void;
}

/** Layers in order; those inside others are lists of their own. */
function LayerList({ layers, shapes, change }: LayerListProps) {
  const replaced = (at: number, ...by: readonly Layer[]) => layers.toSpliced(at, 1, ...by);
  return (
    <ol>
      {layers.map((layer, i) => (
        <Block
          key={i}
          layer={layer}
          shape={shapes[i]}
          position={i}
          count={layers.length}
          put={(next) => change(replaced(i, next))}
          move={(by) => change(replaced(i).toSpliced(i + by, 0, layer))}
          remove={() => change(replaced(i))}
        />
      ))}
    </ol>
  );
}

export function Blocks({ network, shapes, change }: BlocksProps) {
  const { layers } = network;
  return (
    <div class="blocks">
      <p class="block-input">
        input <span class="block-shape">{shapeText(network.input)}</span>
      </p>
      <LayerList layers={layers} shapes={shapes.filter(({ level }) => level === 0)} change={change} />
      <select
        aria-label="add a layer before the last one"
        class="add-block"
        value=""
        onChange={(event) => {
          const kind = BLOCK_KINDS.find((name) => name === event.currentTarget.value);
          // the last layer reads out: new ones go before it
          if (kind !== undefined) change(layers.toSpliced(Math.max(0, layers.length - 1), 0, newLayer(kind)));
          event.currentTarget.value = "";
        }}
      >
        <option value="">add a layer …</option>
        {BLOCK_KINDS.map((kind) => (
          <option key={kind} value={kind}>
            {kind}
          </option>
        ))}
      </select>
    </div>
  );
}
