{"recommendations": ["acme.in-template"]}
