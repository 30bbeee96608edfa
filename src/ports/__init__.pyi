# What editors and type checkers read: some of them take the imports of the module itself for unreachable.

from .browser import Browser as Browser
from .callback import Accept as Accept
from .callback import CallbackListener as CallbackListener
from .callback import CallbackPort as CallbackPort
from .callback import Outcome as Outcome
from .cancellation import Cancellation as Cancellation
from .cancellation import CancelLogin as CancelLogin
from .clock import Clock as Clock
from .entropy import Entropy as Entropy
from .events import Event as Event
from .events import Listener as Listener
from .http import Http as Http
from .http import HttpRequest as HttpRequest
from .http import HttpResponse as HttpResponse
from .lock import Lock as Lock
from .pasting import PasteQueue as PasteQueue
from .pasting import PasteSource as PasteSource
from .profiles import ProfileStore as ProfileStore
from .secrets import SecretStore as SecretStore
