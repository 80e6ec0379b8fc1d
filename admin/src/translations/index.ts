type Load = () => Promise<{ default: Record<string, string> }>;

/** The page's texts by Strapi's name of the language, loaded when Strapi asks for the language. */
export const translations: Readonly<Record<string, Load>> = {
  en: () => import('./en.json'),
  de: () => import('./de.json'),
  es: () => import('./es.json'),
  fr: () => import('./fr.json'),
  ja: () => import('./ja.json'),
  'pt-BR': () => import('./pt-BR.json'),
  'zh-Hans': () => import('./zh-Hans.json'),
};
