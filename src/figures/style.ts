/**
 * The style sheet of figures and its colour tokens.
 *
 * A figure carries its own style block with the colours of the light theme as fall-back, so that a lone .svg file is
 * right on white everywhere. A page that defines the `--ft-*` properties (see {@link themeProperties}) recolours the
 * figures inside it.
 * @module
 */
import { lightTheme, type ThemeColours } from "./colour.js";

/** Font sizes in px at the figure's own width. */
export const FONT = { label: 12.5, tick: 12, title: 13.5, small: 11.5 } as const;

/** CSS declarations of the colour properties of one theme, for a page that embeds figures. */
export function themeProperties(theme: ThemeColours): string {
  const { series, ...plain } = theme;
  return [
    ...Object.entries(plain).map(([name, colour]) => `--ft-${name}:${colour};`),
    ...series.map((colour, i) => `--ft-series-${i + 1}:${colour};`),
  ].join("");
}

/** Both forms: programs that do not know custom properties keep the first. */
function themed(property: string, token: string, colour: string): string {
  return `${property}:${colour};${property}:var(--ft-${token},${colour})`;
}

const { surface, ink, muted, axis, grid, series } = lightTheme;

/** The style sheet itself; every selector is below `.ft-figure`, so that it can stand in a page. */
export const FIGURE_CSS = [
  `.ft-figure{font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}`,
  `.ft-figure text{${themed("fill", "ink", ink)}}`,
  `.ft-figure .ft-muted{${themed("fill", "muted", muted)}}`,
  `.ft-figure .ft-strong{font-weight:600}`,
  `.ft-figure .ft-surface{${themed("fill", "surface", surface)}}`,
  `.ft-figure .ft-grid{fill:none;stroke-width:1;${themed("stroke", "grid", grid)}}`,
  `.ft-figure .ft-axis{fill:none;stroke-width:1;${themed("stroke", "axis", axis)}}`,
  `.ft-figure .ft-halo{paint-order:stroke;stroke-width:3.5px;stroke-linejoin:round;${themed("stroke", "surface", surface)}}`,
  `.ft-figure .ft-line{fill:none;stroke-width:2;stroke-linejoin:round}`,
  `.ft-figure .ft-rule{fill:none;stroke-width:1.25}`,
  `.ft-figure .ft-band{stroke:none;fill-opacity:.17}`,
  `.ft-figure .ft-ink{${themed("stroke", "ink", ink)}}`,
  `.ft-figure .ft-quiet{${themed("stroke", "muted", muted)}}`,
  `.ft-figure .ft-fill-ink{${themed("fill", "ink", ink)}}`,
  `.ft-figure .ft-marker{stroke-width:1.2;${themed("stroke", "surface", surface)}}`,
  `.ft-figure .ft-hollow{stroke-width:1.8;${themed("fill", "surface", surface)}}`,
  ...series.flatMap((colour, i) => [
    `.ft-figure .ft-stroke-${i + 1}{${themed("stroke", `series-${i + 1}`, colour)}}`,
    `.ft-figure .ft-fill-${i + 1}{${themed("fill", `series-${i + 1}`, colour)}}`,
  ]),
  // on colour maps, which are the same in both themes
  `.ft-figure .ft-map-line{fill:none;stroke:#14171c}`,
  `.ft-figure .ft-map-text{fill:#14171c;paint-order:stroke;stroke:#fff;stroke-opacity:.85;stroke-width:3px;stroke-linejoin:round}`,
  `.ft-figure .ft-map-point{fill:#14171c;stroke:#fff;stroke-width:2}`,
].join("\n");

/** The style block as it stands in each figure; a page with many figures may keep one of them. */
export const FIGURE_STYLE_BLOCK = `<style>${FIGURE_CSS}</style>`;
