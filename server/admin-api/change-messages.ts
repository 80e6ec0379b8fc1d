/** The complaint about a body that is no object. */
export const NOT_AN_OBJECT = 'expected an object of settings';
/** The complaint about a setting that a config file overrides. */
export const LOCKED = 'is set in a config file, which wins';
