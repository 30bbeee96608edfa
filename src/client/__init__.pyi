# What editors and type checkers read: some of them take the imports of the module itself for unreachable.

from .asynchronous import AsyncOAuthClient as AsyncOAuthClient
from .blocking import OAuthClient as OAuthClient
