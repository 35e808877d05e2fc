// The layouts that the frame of a spool record has had, by version. A record that an older Telltale acknowledged and
// did not insert is read by the version that comes after it, so the last two layouts stay here beside today's.
// Raise FRAME_VERSION with every change of a frame or of the columns behind it (frame-layout.test.ts holds it), add a
// spool file of the old version to test/fixtures/spool, and drop the oldest layout.

/** The layout that is written. It stands in the frame's name and in the name of the segment file. */
export const FRAME_VERSION = 3;

export interface FrameLayout {
  readonly version: number;
  /** The beginning of the frame's name. */
  readonly mark: string;
  /** A head of this layout: nonce, number, rows, bytes of the body and, from version 2 on, the checksum of these. */
  readonly head: RegExp;
  /** Without it nothing proves a length, so an append that was cut short cannot be distinguished from a damaged one. */
  readonly hasHeadChecksum: boolean;
  /** The name up to the head's checksum. */
  readonly coveredBytes: number;
  /** The name up to the last underscore, which comes before the checksum of the whole block. */
  readonly headBytes: number;
  readonly nameBytes: number;
}

/** The checksum of the whole block: the last digits of the name. */
export const CHECKSUM_DIGITS = 8;

function layout(version: number, mark: string, hasHeadChecksum: boolean): FrameLayout {
  const hex = '_([0-9a-f]{8})';
  const coveredBytes = mark.length + 16 + 3 * 9 + 1;
  const headBytes = hasHeadChecksum ? coveredBytes + 8 : coveredBytes - 1;
  return {
    version,
    mark,
    head: new RegExp(`^${mark}([0-9a-f]{16})${hex.repeat(hasHeadChecksum ? 4 : 3)}$`),
    hasHeadChecksum,
    coveredBytes,
    headBytes,
    nameBytes: headBytes + 1 + CHECKSUM_DIGITS,
  };
}

export const CURRENT_LAYOUT = layout(FRAME_VERSION, `telltale_frame_${FRAME_VERSION}_`, true);
// Versions 1 and 2 bear the same mark and the same file names: the layout once changed without a new version.
const VERSION_2 = layout(2, 'telltale_frame_1_', true);
const VERSION_1 = layout(1, 'telltale_frame_1_', false);

const BY_FILE_VERSION: Readonly<Record<number, readonly FrameLayout[]>> = {
  1: [VERSION_2, VERSION_1],
  [FRAME_VERSION]: [CURRENT_LAYOUT],
};

/** The layouts that a segment file may have whose name ends in `.v<fileVersion>`; null = not readable by this Telltale. */
export function layoutsOfFile(fileVersion: number): readonly FrameLayout[] | null {
  return BY_FILE_VERSION[fileVersion] ?? null;
}

/** Says which Telltale reads a file of a version that this one does not read. */
export function explainUnreadable(fileVersion: number): string {
  const readable = `this Telltale reads spool files of version 1 to ${FRAME_VERSION}`;
  return fileVersion > FRAME_VERSION
    ? `written by a newer Telltale in spool version ${fileVersion} (${readable}): start that version or a newer one, then retry`
    : `written by an older Telltale in spool version ${fileVersion} (${readable}): start a version that reads it, let it insert, then upgrade`;
}
