/**
 * A button that opens the system's dialog for files: what can be dropped can be chosen by keys.
 * @module
 */

export interface FileChoiceProps {
  readonly label: string;
  /** at least one */
  readonly take: (files: FileList) => void;
  /** endings of names, such as `.npz,.csv`; default: all files */
  readonly accept?: string;
  readonly multiple?: boolean;
  /** a folder with all that lies in it */
  readonly folder?: boolean;
}

export function FileChoice({ label, take, accept, multiple = false, folder = false }: FileChoiceProps) {
  return (
    <label class="file-choice">
      <input
        type="file"
        accept={accept}
        multiple={multiple}
        {...(folder ? { webkitdirectory: true } : {})}
        onChange={(event) => {
          const { files } = event.currentTarget;
          if (files !== null && files.length > 0) take(files);
          // the same file may be chosen again
          event.currentTarget.value = "";
        }}
      />
      <span>{label}</span>
    </label>
  );
}
