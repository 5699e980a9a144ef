"""English."""

from bot.matching.words.languages.words import Words

WORDS = Words(
    denials="""
        no not never none nothing nobody nowhere neither nor without cannot unable
        aint arent cant couldnt didnt doesnt dont hadnt hasnt havent isnt mustnt neednt shant
        shouldnt wasnt werent wont wouldnt
    """,
    opposites="""
        in into / out
        inside indoor indoors / outside outdoor outdoors
        alone / together
        hit hits hitting / miss misses missing missed
        up upward upwards / down downward downwards
        over above / under below beneath
        open opens opened opening / close closes closed closing closure shut*
        full / empty
        near nearest close / far farthest
        before prior / after
        more most / less fewer least
        start* begin begins beginning begun commenc* / stop* end ends ended ending finish*
        add adds added adding insert* / remov* delet*
        increas* rais* higher upper up / decreas* lower lowers lowered lowering reduc* down
        high highest / low lowest
        maximum max biggest / minimum min smallest
        on enabl* activat* / off disabl* deactivat*
        subscribe* / !unsubscribe* !cancel*
        lock locks locked locking block* freez* froze* / unlock* unblock* unfreez* unfroze*
        large larger largest big bigger huge / small smaller smallest little
        early earlier earliest / late later latest
        first / last
        hot warm / cold cool
        heat heats heating / cool cools cooling
        wet / dry
        day / night
        upgrade* / downgrade*
        deposit* / withdraw*
        send sends sent sending ship ships shipped shipping / receiv*
        borrow* / lend* lent
        buy buys buying bought purchas* / sell sells selling sold
        import* / export*
        upload* / download*
        login signin / logout logoff signout
        checkin / checkout
        arriv* / leave leaves left leaving depart departs departed departing departure*
        show shows shown showing / hide hides hidden hiding
        connect* / disconnect*
        attach* / detach*
        push pushes pushed / pull pulls pulled
        accept* approv* / reject* refus* declin* deny denies denied denying
        join joins joined joining enter enters enrol* / leave leaves leaving quit* exit exits
        extend* lengthen* prolong* / shorten*
        allow* permit* / forbid* ban bans banned prohibit* prevent*
        win wins won winning / lose loses losing
        lost / found
        cheap cheaper cheapest / expensive dear
        fast faster fastest quick quicker / slow slower slowest
        new newest / old older oldest
        public / private
        manual manually / automatic automatically
        online / offline
        save saves saved saving / discard*
        debit / credit
        domestic / international abroad
        single / double
        left / right
        front / back rear
        top / bottom
        male men mens man / female women womens woman
        weekday weekdays / weekend weekends
        morning / evening
        summer / winter
        install installs installed installing / uninstall*
        mute mutes muted / unmute*
        hire hires hired hiring / fire fires fired dismiss*
        gain gains / lose loses
        strengthen* / weaken*
        inbound incoming / outbound outgoing
        sooner / later
        longer / shorter
        !cancel* / reinstat* reactivat* renew*
        !cancel* / order reserv* book books booked booking
        close closes closed closing / reopen*
        debtor / creditor
        employer / employee
        landlord / tenant
        seller / buyer
        sender / recipient
        light / dark
        marry married marriage* wedding* / divorc*
        sunrise / sunset
    """,
    prefixes="un de dis re in im il ir non mis pre",
    swaps="""
        re/de re/un re/pre in/out en/dis in/de im/ex in/ex up/down over/under pre/post inter/intra
    """,
    alike="""
        charge/recharge send/resend set/reset try/retry check/recheck fill/refill new/renew
        fund/refund turn/return place/replace ship/reship issue/reissue
        connect/reconnect start/restart load/reload claim/reclaim schedule/reschedule
        pair/repair port/import port/report form/inform form/reform voice/invoice come/income
        cover/recover cover/discover count/discount play/display play/replay card/discard
        view/review view/preview sure/insure side/inside sign/design sign/resign stead/instead
        quest/request tail/retail tail/detail store/restore main/remain gain/regain serve/reserve
        part/depart mark/remark member/remember mind/remind late/relate lay/delay move/remove
        pay/repay confirm/reconfirm
    """,
    function_words="""
        a an the this that these those it its is are was were be been being am do does did has have
        had having there i you he she we they me my your our their him her us them to of in on at
        for with and or if so can could will would should may please just any some
    """,
    generic="""
        because since other others another different same set keep track only own learn
        able about actually all also anyone anything anyway ask back best better call
        can check could current currently day days dear do doing else ever everything
        exactly explain find from get getting give go going gonna good got gotta happen
        happens hello help here hey hi how hows id ill im inform into ive just kind
        kindly know let lets like locate long love madam made make many may might much
        must need needed needs new now off ok okay one out over place please possible
        properly put question quick quickly really right see should show simply sir
        somebody someone something still sure take talk tell than thank thanks then
        there theres thing things time times today tried tries try trying understand up
        use using very wanna want wanted wanting wants way what whats when where which
        who whom whose why will wish wonder wondering work working works would yes youre
    """,
    common="""
        the an and or of to in on at for with from by is are was were be been being am do does did
        has have had can could will would should may might must not no yes if then than that this
        these those there here it its you he she we they me my your our their him his her us them
        what which who whom when where why how all any some as so but out up off about into over
        after before just also please need want get got like one two way make go going know
        first second third fourth last more most other another none both either neither same
    """,
    spelled="""
        app apps login logout signup signin signout ebook ebooks email emails emoji emojis selfie
        selfies hashtag hashtags vlog vlogs blog blogs livestream livestreams podcast podcasts
        crypto bitcoin covid passcode passcodes paywall wifi wlan hotspot voicemail sim esim usb
        gmail spotify netflix paypal whatsapp instagram facebook youtube tiktok iphone ipad android
        macbook airpods smartphone smartphones smartwatch tablet tablets router routers dropdown
        iban swift visa mastercard amex klarna venmo zelle apple google amazon ebay airbnb uber
        upload uploads uploaded uploading reupload download downloads plugin plugins firmware
        cashback chargeback chargebacks prepaid postpaid preorder preorders backorder dropship
        webcam webinar webinars webshop website websites homepage username usernames
        kerb kerbside draught draughts draughty tyre tyres jewellery plough programme cheque cheques
        unfollow unfriend unmute undelete unlink unpin unpair sideload rehome restock resell
        vegan vegans gluten keto detox whey multivitamin
    """,
    telling="""
        about account ad after al all also another anyone anything app art as back bank because
        before ben bent between bin bonus both bus but by call cancel car card change check chip com
        come comment dan data day days delivery den des dice die died dies doing don done door down
        due each em email era even ever every fare few find fine first font from get gets getting
        give go going good got hare hat hay hello help hem hen here hi his hoe hotel how im info
        into item k keep kim know la las last let like long los lost ma make male man many mean men
        met might mine money month more most much must name need never new next no non not note now
        off ok once one online only open order other out over own pa pace pay per pin plus pour
        price product purchase r refund return right same sat sea see send sent set show since size
        sole someone something son state still stop such take tan taxi tell ten than thank thanks
        then thing things through time today too tot track try two u up use used van ve very via vie
        visa w want war way week well what when where whether which while who why within without
        work working yes yet aren' can' couldn' didn' doesn' don' hasn' haven' he' here' how' i'
        isn' it' let' she' shouldn' that' there' they' wasn' we' what' where' who' won' wouldn' you'
        d' l' o'
    """,
)
