/**
 * The values of a layer: its fields, and the parameters of its activation.
 * @module
 */
import {
  activationCatalogue,
  activationNames,
  type Layer,
  type LayerField,
  layerDescriptions,
} from "foretrain";
import { useId } from "preact/hooks";
import { plainMath } from "../../controls/math-symbols.js";
import { leadsInto, withField } from "./layer-edits.js";

/** What a typed text means for a value; texts that mean nothing are kept, so that the package says what is wrong. */
function readValue(type: string, text: string): unknown {
  const plain = text.trim();
  if (plain === "") return undefined;
  switch (type) {
    case "window":
    case "margin":
    case "axes":
    case "coefficients": {
      const numbers = plain.split(/[x×,\s]+/).map(Number);
      return numbers.some(Number.isNaN) ? plain : numbers;
    }
    case "flag":
      return plain === "true" ? true : plain === "false" ? false : plain;
    case "choice":
    case "activation":
    case "expression":
      return plain;
    default: {
      const number = Number(plain);
      return Number.isNaN(number) ? plain : number;
    }
  }
}

const textOf = (value: unknown, type: string) =>
  Array.isArray(value)
    ? value.join(type === "coefficients" || type === "axes" ? ", " : " × ")
    : value === undefined
      ? ""
      : String(value);

/** One value that can be set. */
interface Row {
  readonly name: string;
  readonly type: string;
  readonly meaning: string;
  readonly fallback: string | null;
  readonly required: boolean;
  /** null: typed */
  readonly options: readonly string[] | null;
}

function optionsOf(type: LayerField["value"]): readonly string[] | null {
  switch (type.type) {
    case "choice":
      return type.of;
    case "activation":
      return activationNames();
    case "flag":
      return ["true", "false"];
    default:
      return null;
  }
}

/** What can be set of a layer beside the layers inside it. */
export function rowsOf(layer: Layer): readonly Row[] {
  const { fields } = layerDescriptions.find(({ kind }) => kind === layer.kind)!;
  const rows: Row[] = fields
    .filter(({ value: { type } }) => type !== "layers" && type !== "branches")
    .map(({ name, value, meaning, fallback, required }) => ({
      name,
      type: value.type,
      meaning,
      fallback,
      required,
      options: optionsOf(value),
    }));
  if (layer.kind !== "activation") return rows;
  const entry = activationCatalogue.find(({ name }) => name === layer.name);
  const parameters = entry?.parameters ?? [];
  return [
    ...rows,
    ...parameters.map(({ key, domain, meaning, default: usual }) => ({
      name: key,
      type: domain,
      meaning,
      fallback: usual === null ? null : textOf(usual, domain),
      required: usual === null,
      options: null,
    })),
  ];
}

interface RowBoxProps {
  readonly row: Row;
  readonly value: unknown;
  /** id of the text that says what is wrong; null: nothing is */
  readonly wrong: string | null;
  readonly set: (value: unknown) => void;
}

function RowBox({ row, value, wrong, set }: RowBoxProps) {
  const { name, type, meaning, fallback, required, options } = row;
  const id = useId();
  const common = {
    id,
    value: textOf(value, type),
    "aria-invalid": wrong !== null,
    "aria-describedby": wrong ?? undefined,
    onChange: (event: Event) =>
      set(readValue(type, (event.currentTarget as HTMLInputElement | HTMLSelectElement).value)),
  };
  return (
    <div
      class="block-field"
      data-type={type}
      title={plainMath(`${meaning}${fallback === null ? "" : `; default ${fallback}`}`)}
    >
      <label for={id}>{name}</label>
      {options === null ? (
        <input type="text" spellcheck={false} autocomplete="off" placeholder={fallback ?? ""} {...common} />
      ) : (
        <select {...common}>
          {!required && <option value="">{fallback}</option>}
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

export interface BlockFieldsProps {
  readonly layer: Layer;
  readonly path: string;
  /** where something is wrong; null: nowhere in this layer */
  readonly wrongAt: string | null;
  /** id of the text that says what */
  readonly errorId: string;
  readonly put: (layer: Layer) => void;
}

export function BlockFields({ layer, path, wrongAt, errorId, put }: BlockFieldsProps) {
  const values = layer as unknown as Readonly<Record<string, unknown>>;
  // a formula that is typed says itself what it is
  const entry =
    layer.kind === "activation" ? activationCatalogue.find(({ name }) => name === layer.name) : null;
  const typed = entry?.parameters.some(({ domain }) => domain === "expression") ?? true;
  return (
    <>
      {rowsOf(layer).map((row) => (
        <RowBox
          key={row.name}
          row={row}
          value={values[row.name]}
          wrong={wrongAt !== null && leadsInto(wrongAt, `${path}.${row.name}`) ? errorId : null}
          set={(value) => put(withField(layer, row.name, value))}
        />
      ))}
      {!typed && <p class="hint formula">{entry?.formula}</p>}
    </>
  );
}
