from tests.vault.test_erasure import *
from defenderdesk.vault import moving, below
def test_moved(pair, case):
    pair.office.add_desk("Other desk")
    there, _ = moving.carry(pair.office.store, case, "Other desk", move=True)
    more = [r.id for r in below.to_erase(pair.office.store, there)]
    erasure.erase(pair.office.store, [there, *more], "Withdrawn")
    erasure.clean(pair.office.store)
    print(everywhere(pair.office))
    assert everywhere(pair.office) == []
def test_person_merge(pair):
    v=pair.office
    a,b=v.new_id(),v.new_id()
    v.save([Edit(a,"kind","person"),Edit(a,"name",CANARY)])
    v.save([Edit(b,"kind","person"),Edit(b,"name",CANARY+" Two"),Edit(b,"notes",CANARY)])
    v.merge(a,b) if hasattr(v,"merge") else None
    print(v.get(a).fields, v.get(b).fields)
    more=[r.id for r in below.to_erase(v.store,a)]
    erasure.erase(v.store,[a,*more],"W"); erasure.clean(v.store)
    print(everywhere(v)); assert everywhere(v)==[]
