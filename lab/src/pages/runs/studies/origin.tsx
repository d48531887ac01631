/**
 * How a study was made: its command, the source of its recipe, its formulas by number, its papers, sizes and files.
 * @module
 */
import {
  type Citation,
  citationParts,
  numberText,
  type StudyFailure,
  type StudyRecord,
  studyPlace,
} from "foretrain";
import { useEffect, useState } from "preact/hooks";
import { CopyText } from "../../../controls/copy-text.js";
import { type Block, type Section, sectionOf, sourceAddress, sourceText, THEORY_NOTES } from "./notes.js";

function useText(path: string | null): string | Error | null {
  const [text, setText] = useState<string | Error | null>(null);
  useEffect(() => {
    setText(null);
    if (path === null) return;
    let current = true;
    sourceText(path).then(
      (found) => current && setText(found),
      (error: Error) => current && setText(error),
    );
    return () => {
      current = false;
    };
  }, [path]);
  return text;
}

/** A file of the repository that opens in place. */
function SourceFile({ path }: { readonly path: string }) {
  const [open, setOpen] = useState(false);
  const text = useText(open ? path : null);
  return (
    <details class="source-file" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{path}</summary>
      {text instanceof Error ? (
        <p class="error" role="alert">
          {text.message}
        </p>
      ) : (
        text !== null && (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
            <pre tabIndex={0}>{text}</pre>
            <a href={sourceAddress(path)} target="_blank" rel="noreferrer">
              alone in a tab
            </a>
          </>
        )
      )}
    </details>
  );
}

/** `code`, **strong** and [links](...) inside a line of the notes. */
function Line({ text }: { readonly text: string }) {
  const parts = text.split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\([^)]+\))/);
  return (
    <>
      {parts.map((part, i) => {
        if (part.startsWith("`")) return <code key={i}>{part.slice(1, -1)}</code>;
        if (part.startsWith("**")) return <strong key={i}>{part.slice(2, -2)}</strong>;
        return /^\[([^\]]+)\]\(/.exec(part)?.[1] ?? part;
      })}
    </>
  );
}

function BlockView({ block }: { readonly block: Block }) {
  switch (block.kind) {
    case "formula":
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      return <pre tabIndex={0}>{block.text}</pre>;
    case "text":
      return (
        <p>
          <Line text={block.text} />
        </p>
      );
    case "table": {
      const [head = [], ...rows] = block.rows;
      return (
        <table>
          <thead>
            <tr>
              {head.map((cell, i) => (
                <th key={i} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, j) => (
                  <td key={j}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      );
    }
  }
}

function Formulas({ sections }: { readonly sections: readonly string[] }) {
  const notes = useText(THEORY_NOTES);
  if (notes === null || notes instanceof Error) {
    return (
      <>
        {sections.join(", ")} in {THEORY_NOTES}
        {notes !== null && <p class="error">{notes.message}</p>}
      </>
    );
  }
  const found = sections
    .map((id) => sectionOf(notes, id))
    .filter((section): section is Section => section !== null);
  return (
    <>
      {found.map(({ id, title, blocks }) => (
        <details class="formulas" key={id}>
          <summary>
            {id}. {title}
          </summary>
          {blocks.map((block, i) => (
            <BlockView key={i} block={block} />
          ))}
        </details>
      ))}
    </>
  );
}

function citationOf(key: string): Citation {
  try {
    return citationParts(key);
  } catch {
    // of another version, or of a study of one's own
    return { text: key, link: null };
  }
}

function References({ keys }: { readonly keys: readonly string[] }) {
  return (
    <ul>
      {keys.map((key) => {
        const { text, link } = citationOf(key);
        return (
          <li key={key}>
            {/^[A-E]$/.test(key) && <strong>{key} </strong>}
            {text}{" "}
            {link !== null && (
              <a href={link.href} target="_blank" rel="noreferrer">
                {link.text}
              </a>
            )}
          </li>
        );
      })}
    </ul>
  );
}

const parameterText = (value: unknown) =>
  typeof value === "object"
    ? JSON.stringify(value)
    : typeof value === "number"
      ? numberText(value, 12)
      : String(value);

function Sizes({ record }: { readonly record: StudyRecord }) {
  const { size, parameters, data, seed, seconds, pieces, version } = record;
  return (
    <>
      <dt>size</dt>
      <dd>
        {size}
        {Object.entries(parameters).map(([name, value]) => (
          <span class="parameter" key={name}>
            {name} <code>{parameterText(value)}</code>
          </span>
        ))}
      </dd>
      <dt>data</dt>
      <dd>{data === null ? "none" : `${data.name}: ${data.origin}`}</dd>
      <dt>seed</dt>
      <dd>{seed}</dd>
      <dt>time</dt>
      <dd>
        {numberText(seconds, 3)} s with foretrain {version}
        {pieces.stored > 0 &&
          `; ${pieces.stored} of ${pieces.stored + pieces.computed} parts from an earlier run`}
      </dd>
    </>
  );
}

export interface OriginProps {
  readonly study: StudyRecord | StudyFailure;
  /** null: it has no results */
  readonly record: StudyRecord | null;
}

export function Origin({ study, record }: OriginProps) {
  const place = studyPlace(study.id);
  return (
    <section class="card study-origin" aria-labelledby="origin-title">
      <h3 id="origin-title">How it was made</h3>
      <dl>
        {study.command !== "" && (
          <>
            <dt>command</dt>
            <dd>
              <CopyText text={study.command} label="command" />
            </dd>
          </>
        )}
        {place !== null && (
          <>
            <dt>recipe</dt>
            <dd>{place.source.endsWith(".ts") ? <SourceFile path={place.source} /> : place.source}</dd>
          </>
        )}
        {place !== null && place.formulas.length > 0 && (
          <>
            <dt>formulas</dt>
            <dd>
              <Formulas sections={place.formulas} />
            </dd>
          </>
        )}
        <dt>references</dt>
        <dd>
          <References keys={study.references} />
        </dd>
        {record !== null && <Sizes record={record} />}
      </dl>
    </section>
  );
}
