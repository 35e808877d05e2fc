// What a digest covers, and who gets copies. Pure.
import type { Digest } from '#contracts/digest';

/** Whether it was written after its period had ended; one of today so far is not. */
export const isWhole = ({ writtenAt, to }: Pick<Digest, 'writtenAt' | 'to'>): boolean => writtenAt >= to;

/** The part after the @, in small letters. */
export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase();
