// The languages of the plugin's page; each administrator chooses on the profile page.
export default {
  config: { locales: ['de', 'es', 'fr', 'ja', 'pt-BR', 'zh-Hans'] },
};
