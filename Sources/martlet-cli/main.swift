internal import Martlet
