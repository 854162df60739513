# Once the KDC answers: the users' tickets.
kinit -k -t @HOME@/users.keytab -c FILE:@HOME@/anna.ticket anna
kinit -k -t @HOME@/users.keytab -c FILE:@HOME@/bert.ticket bert
