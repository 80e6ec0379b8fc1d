/** For a window as narrow as a phone. */
export const narrow = '@media (max-width: 34.375rem)';

/** For a window as narrow as a tablet. */
export const medium = '@media (max-width: 68.75rem)';
