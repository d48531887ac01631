/**
 * What stands where a run will be: how to make one.
 * @module
 */
import { CopyText } from "../../controls/copy-text.js";

export interface NothingOpenProps {
  /** where the server reads runs; null: there is no server, or no folder */
  readonly folder: string | null;
  /** whether there are runs to choose from */
  readonly some: boolean;
}

const WAYS = [
  {
    makes: "every study of the papers, as a gallery",
    command: "foretrain study run all --out runs/studies",
  },
  { makes: "one study, in a second", command: "foretrain study run B.phase-diagram" },
  {
    makes: "a forecast with its report",
    command: 'foretrain forecast "preset:fcn?depth=3" --data mnist --out runs/forecast',
  },
] as const;

export function NothingOpen({ folder, some }: NothingOpenProps) {
  return (
    <section class="card nothing-open" aria-labelledby="nothing-open">
      <h2 id="nothing-open">{some ? "Choose a run" : "Nothing is open yet"}</h2>
      <p class="muted">
        {some
          ? "Or drop a folder. These commands make others:"
          : "Drop the folder of a run anywhere on this page. These commands make one:"}
      </p>
      <dl>
        {WAYS.map(({ makes, command }) => (
          <div key={command}>
            <dt>{makes}</dt>
            <dd>
              <CopyText text={command} label={`command for ${makes}`} />
            </dd>
          </div>
        ))}
      </dl>
      {folder === null && (
        <p class="muted">
          <code>foretrain lab --runs runs</code> lists all that lie in a folder.
        </p>
      )}
    </section>
  );
}
