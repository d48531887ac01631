/**
 * One file of a run, shown as what it is.
 * @module
 */
import { numberText } from "foretrain";
import { useEffect, useMemo, useState } from "preact/hooks";
import { createTask } from "../../engine/task.js";
import { saveBlob } from "../../figures/export.js";
import { TableView } from "../../figures/table-view.js";
import type { Engines } from "../page.js";
import type { RunsOperations } from "./operations.js";
import type { RunSource } from "./source.js";

export interface ViewerProps {
  readonly source: RunSource;
  readonly name: string;
  readonly engines: Engines;
}

/** Longer texts are shown to here; the file has all. */
const MOST_TEXT = 200_000;
const MOST_ROWS = 400;

type Content = { readonly bytes: Uint8Array<ArrayBuffer>; readonly name: string } | Error | null;

const extensionOf = (name: string) => (/\.([A-Za-z0-9]+)$/.exec(name)?.[1] ?? "").toLowerCase();

function useContent(source: RunSource, name: string): Content {
  const [content, setContent] = useState<Content>(null);
  useEffect(() => {
    let current = true;
    setContent(null);
    source.read(name).then(
      (bytes) => current && setContent({ bytes, name }),
      (error: unknown) => current && setContent(error instanceof Error ? error : new Error(String(error))),
    );
    return () => {
      current = false;
    };
  }, [source, name]);
  return content;
}

function Picture({
  bytes,
  name,
  type,
}: {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name: string;
  readonly type: string;
}) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, type]);
  return url === null ? null : <img class="run-picture" src={url} alt={name} />;
}

function textOf(bytes: Uint8Array, extension: string): string {
  const text = new TextDecoder().decode(bytes);
  if (extension !== "json") return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text; // not JSON after all: shown as it is
  }
}

function PlainText({ bytes, extension }: { readonly bytes: Uint8Array; readonly extension: string }) {
  const text = textOf(bytes, extension);
  return (
    <>
      <pre class="run-text">{text.slice(0, MOST_TEXT)}</pre>
      {text.length > MOST_TEXT && (
        <p class="muted">the file goes on: {numberText(text.length - MOST_TEXT)} more characters</p>
      )}
    </>
  );
}

function Arrays({
  bytes,
  name,
  engines,
}: {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly engines: Engines;
}) {
  const task = useMemo(
    () => createTask<RunsOperations, "runs.arrays">(engines.quick, `runs ${name}`, "runs.arrays", "cancel"),
    [engines, name],
  );
  useEffect(() => task.run({ name, bytes }), [task, bytes]);
  const { value, error } = task.state.value;
  if (error !== null) {
    return (
      <p class="error" role="alert">
        {error.message}
      </p>
    );
  }
  if (value === null) return <p class="muted">reading</p>;
  return (
    <TableView
      label={name}
      table={{
        columns: ["array", "shape", "type", "least", "mean", "most", "not finite", "first numbers"],
        rows: value.map(({ name: key, shape, type, least, mean, most, notFinite, first }) => [
          key,
          `[${shape.join(", ")}]`,
          type,
          least,
          mean,
          most,
          notFinite,
          first.map((number) => numberText(number, 3)).join("  "),
        ]),
      }}
    />
  );
}

/** The cells of a CSV file, quotes read (RFC 4180). */
export function csvRows(text: string, most: number): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  const endCell = () => {
    rows.at(-1)!.push(cell);
    cell = "";
  };
  for (let i = 0; i < text.length && rows.length <= most; i++) {
    const sign = text[i]!;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[i + 1] === '"') cell += text[++i]!;
      else quoted = false;
    } else if (sign === '"') quoted = true;
    else if (sign === ",") endCell();
    else if (sign === "\n") {
      endCell();
      rows.push([]);
    } else if (sign !== "\r") cell += sign;
  }
  endCell();
  return rows.filter((row) => row.length > 1 || row[0] !== "");
}

function Shown({
  content,
  engines,
}: {
  readonly content: Exclude<Content, Error | null>;
  readonly engines: Engines;
}) {
  const { bytes, name } = content;
  const extension = extensionOf(name);
  switch (extension) {
    case "svg":
      return <Picture bytes={bytes} name={name} type="image/svg+xml" />;
    case "png":
      return <Picture bytes={bytes} name={name} type="image/png" />;
    case "html":
      // without scripts and without this page's origin
      return <iframe class="run-page" title={name} sandbox="" srcdoc={new TextDecoder().decode(bytes)} />;
    case "npz":
      return <Arrays bytes={bytes} name={name} engines={engines} />;
    case "csv": {
      const [columns = [], ...rows] = csvRows(new TextDecoder().decode(bytes), MOST_ROWS);
      return <TableView label={name} table={{ columns, rows }} />;
    }
    case "json":
    case "md":
    case "txt":
    case "log":
      return <PlainText bytes={bytes} extension={extension} />;
    default:
      return <p class="muted">there is no view of such files; save it to open it elsewhere</p>;
  }
}

export function Viewer({ source, name, engines }: ViewerProps) {
  const content = useContent(source, name);
  return (
    <section class="card viewer" aria-label={name} aria-busy={content === null}>
      <header class="figure-head">
        <h2>{name}</h2>
        {content !== null && !(content instanceof Error) && (
          <button
            type="button"
            class="quiet"
            onClick={() => saveBlob(new Blob([content.bytes]), name.split("/").at(-1)!)}
          >
            save
          </button>
        )}
      </header>
      {content instanceof Error ? (
        <p class="error" role="alert">
          {content.message}
        </p>
      ) : (
        content !== null && <Shown content={content} engines={engines} />
      )}
    </section>
  );
}
