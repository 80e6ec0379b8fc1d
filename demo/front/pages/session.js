// Kept in the tab: closing it logs out of the front-end.
const key = 'strapi-jwt';

export const session = {
  get jwt() {
    return sessionStorage.getItem(key);
  },
  open(jwt) {
    sessionStorage.setItem(key, jwt);
  },
  close() {
    sessionStorage.removeItem(key);
  },
};
