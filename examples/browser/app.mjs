// One page for everything: it is where a login begins, and, as the redirect URL, where it ends.
import { finishLogin, loginUrl, logoutUrl } from 'strapi-plugin-cognito/client';

const api = document.querySelector('meta[name=api]')?.content ?? 'http://localhost:1337/api';
const [status, login, logout] = ['status', 'login', 'logout'].map((id) =>
  document.getElementById(id),
);

login.href = loginUrl(api, { lang: navigator.language });
logout.href = logoutUrl(api, location.origin);
logout.onclick = () => sessionStorage.clear();

try {
  const session = await finishLogin(api);
  if (session) sessionStorage.setItem('jwt', session.jwt);
  const jwt = sessionStorage.getItem('jwt');
  if (jwt) {
    const response = await fetch(`${api}/users/me`, {
      headers: { authorization: `Bearer ${jwt}` },
    });
    const { username } = await response.json();
    status.textContent = `You are ${username}.`;
    login.hidden = true;
    logout.hidden = false;
  }
} catch (error) {
  status.textContent = `${error.message} (${error.code})`;
}
