"""The languages: gettext catalogues and what reads them."""
