/**
 * From the path of a request to names of files, without a way out of the folder.
 * @module
 */
import { realpath } from "node:fs/promises";
import { join, sep } from "node:path";

/**
 * The segments of a path such as `/api/runs/a%20b/x.npz`, each decoded once; null for paths that no link of the lab has:
 * not decodable, with `.` or `..`, with a separator or a zero byte inside a segment, or naming something hidden.
 * The text is taken as it came: `new URL()` would silently fold `..` away.
 */
export function pathSegments(target: string): string[] | null {
  const [path = ""] = target.split(/[?#]/, 1);
  if (!path.startsWith("/")) return null;
  const segments: string[] = [];
  for (const raw of path.slice(1).split("/")) {
    let segment: string;
    try {
      segment = decodeURIComponent(raw);
    } catch {
      return null;
    }
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
    if (segment.startsWith(".") || /[\\/:\u0000-\u001f]/.test(segment)) return null;
    segments.push(segment);
  }
  // a trailing slash is a folder
  if (segments.at(-1) === "") segments.pop();
  return segments.includes("") ? null : segments;
}

/**
 * The real place of `segments` below `root`, links resolved; null when there is nothing, or a link leads out of the folder.
 */
export async function placeWithin(root: string, segments: readonly string[]): Promise<string | null> {
  try {
    const [base, place] = await Promise.all([realpath(root), realpath(join(root, ...segments))]);
    const inside = place === base || place.startsWith(base.endsWith(sep) ? base : base + sep);
    return inside ? place : null;
  } catch {
    return null;
  }
}
