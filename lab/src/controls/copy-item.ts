/**
 * Something on a page that can be copied as text.
 * @module
 */

export interface CopyItem {
  /** stable, for tests and scripts */
  readonly id: string;
  readonly label: string;
  /** made when it is asked for */
  readonly text: () => string;
}
