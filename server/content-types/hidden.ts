/** Options of an internal table: no editor and no API shows it. */
export const hidden = {
  options: { draftAndPublish: false },
  pluginOptions: {
    'content-manager': { visible: false },
    'content-type-builder': { visible: false },
  },
} as const;
